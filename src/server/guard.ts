// Keeps other web sites out (DNS rebinding, cross-site requests) and tells the browser what the page may do.
import { isIP } from "node:net";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { ApiError } from "./errors.ts";

const loopbackNames = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Sent with every answer. Scripts, styles, pictures and requests: from this server alone. */
export const securityHeaders: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; " +
    "media-src 'self' blob:; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; " +
    "frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/** Which names the server answers to beside the loopback ones. */
export interface GuardOptions {
  /** True when the server listens on more than loopback: then addresses count as own names. */
  readonly open: boolean;
  readonly allowedHosts: readonly string[];
}

/**
 * Adds the guard to an app: a Host that is not ours, an Origin that is not our own page, and requests
 * that a browser marks as coming from another site are refused with 403.
 */
export function guard(app: FastifyInstance, options: GuardOptions): void {
  app.addHook("onRequest", async (request, reply) => {
    reply.headers(securityHeaders);
    checkHost(request, options);
    checkOrigin(request);
    if (request.headers["content-encoding"] !== undefined) {
      throw new ApiError(
        415,
        "packed_body",
        "Packed requests are refused; send the body as it is.",
      );
    }
  });
}

/**
 * Whether a request is for the API, or for nothing that there is. The route decides that was found,
 * not the address as it was written: `/%61pi/runs` is the same place.
 */
export function isApi(request: FastifyRequest): boolean {
  return request.routeOptions.url?.startsWith("/api/") ?? true;
}

function checkHost(request: FastifyRequest, { open, allowedHosts }: GuardOptions): void {
  const host = hostName(request.headers.host ?? "");
  if (loopbackNames.has(host) || allowedHosts.includes(host)) return;
  // An address cannot be rebound by a foreign name server, a name can.
  if (open && isIP(host.replace(/^\[|\]$/g, "")) !== 0) return;
  throw new ApiError(
    403,
    "foreign_host",
    `This server does not answer to the name ${JSON.stringify(host.slice(0, 100))}.`,
  );
}

function checkOrigin(request: FastifyRequest): void {
  const { origin, host } = request.headers;
  const site = request.headers["sec-fetch-site"];
  const foreign =
    (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) ||
    (isApi(request) && (site === "cross-site" || site === "same-site"));
  if (foreign) {
    throw new ApiError(403, "foreign_origin", "Requests from other web sites are refused.");
  }
}

/** The name in a Host header without its port, in lower case; brackets of IPv6 stay. */
function hostName(header: string): string {
  return header.toLowerCase().replace(/:\d*$/, "");
}
