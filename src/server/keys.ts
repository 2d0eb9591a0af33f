// Asks for a key where keys are set: as a bearer token, or in the cookie that the Studio gets for one.
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import type { KeyRing } from "../lab/index.ts";
import { ApiError } from "./errors.ts";
import { isApi } from "./guard.ts";

const cookieName = "deepdive_key";
const monthSeconds = 30 * 24 * 3_600;
/** What is served without a key: whether the server is well, and the way to give one. */
const free = new Set(["/api/health", "/api/session"]);

/** Adds the check, `POST /api/session` (a key for a cookie) and `DELETE /api/session`. */
export function requireKeys(app: FastifyInstance, keys: KeyRing): void {
  app.addHook("onRequest", async (request, reply) => {
    if (!isApi(request) || free.has(request.routeOptions.url ?? "") || !(await keys.isSet()))
      return;
    if (await keys.knows(givenKey(request))) return;
    reply.header("www-authenticate", "Bearer");
    throw new ApiError(401, "key_needed", "This server asks for a key: Authorization: Bearer ….");
  });

  app.get("/api/session", async (request) => {
    const needed = await keys.isSet();
    return { needed, given: !needed || (await keys.knows(givenKey(request))) };
  });

  app.post("/api/session", async (request, reply) => {
    const { key } = z.object({ key: z.string().max(200) }).parse(request.body);
    if (!(await keys.knows(key))) throw new ApiError(401, "wrong_key", "There is no such key.");
    reply.header("set-cookie", `${cookieName}=${key}; Max-Age=${monthSeconds}; ${cookieFlags}`);
    return { given: true };
  });

  app.delete("/api/session", async (_request, reply) => {
    reply.header("set-cookie", `${cookieName}=; Max-Age=0; ${cookieFlags}`);
    return { given: false };
  });
}

/** Not readable by scripts, and not sent along by other sites. */
const cookieFlags = "Path=/api; HttpOnly; SameSite=Strict";

function givenKey(request: FastifyRequest): string {
  const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
  if (bearer !== undefined) return bearer;
  const cookies = (request.headers.cookie ?? "").split("; ");
  return cookies.find((cookie) => cookie.startsWith(`${cookieName}=`))?.split("=")[1] ?? "";
}
