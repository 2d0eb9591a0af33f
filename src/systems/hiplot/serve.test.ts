import { request } from "node:http";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parseJson } from "./core/json.ts";
import { decodeFrame } from "./core/wire.ts";
import { columnsType, type HiplotServer, serveHiplot } from "./serve.ts";
import { loadUri } from "./sources/uri.ts";

let server: HiplotServer;
const messages: [string, unknown][] = [];
beforeAll(async () => {
  server = await serveHiplot({
    load: (uri) => loadUri(uri),
    onMessage: (type, data) => messages.push([type, data]),
  });
});
afterAll(() => server.close());

it("sends rows as HiPlot's page expects them, NaN bare", async () => {
  const response = await fetch(`${server.url}data?uri=demo_first_value_nan`);
  const { experiment } = parseJson(await response.text()) as {
    experiment: { datapoints_compressed: { columns: string[]; rows: unknown[][] } };
  };
  expect(experiment.datapoints_compressed.columns).toEqual(["a"]);
  expect(experiment.datapoints_compressed.rows.at(-1)).toEqual(["6", null, Number.NaN]);
});

it("sends columns as bytes to who asks for them", async () => {
  const headers = { accept: columnsType };
  const response = await fetch(`${server.url}data?uri=demo_basic_usage`, { headers });
  expect(response.headers.get("content-type")).toBe(columnsType);
  const { frame } = decodeFrame(new Uint8Array(await response.arrayBuffer()));
  expect(frame.datapoint(1).values).toEqual({
    dropout: 0.15,
    lr: 0.01,
    loss: 3.5,
    optimizer: "Adam",
  });
});

it("answers what cannot be loaded with one message", async () => {
  const response = await fetch(`${server.url}data?uri=nothing`);
  expect(response.status).toBe(400);
  expect(((await response.json()) as { error: string }).error).toMatch(
    /^no fetcher for nothing; asked: demo, /,
  );
});

it("takes messages of its page", async () => {
  const body = JSON.stringify({ type: "selected_uids", data: ["1"] });
  expect((await fetch(`${server.url}messages`, { method: "POST", body })).status).toBe(204);
  expect(messages).toEqual([["selected_uids", ["1"]]]);
});

it("refuses other names and other sites", async () => {
  const status = (headers: Record<string, string>) =>
    new Promise((done, fail) => {
      const asked = request(server.url, { headers }, (response) => {
        response.resume();
        done(response.statusCode);
      });
      asked.on("error", fail).end();
    });
  expect(await status({ host: "evil.example" })).toBe(403);
  expect(await status({ origin: "https://evil.example" })).toBe(403);
  expect(await status({})).toBe(200);
});

it("writes what the address names as text, never as markup", async () => {
  const evil = encodeURIComponent(JSON.stringify("</textarea><script>alert(1)</script>"));
  const page = await (await fetch(`${server.url}?hip.load_uri=${evil}`)).text();
  expect(page).not.toContain("<script>alert(1)");
  expect(page).toContain("&#60;script&#62;alert(1)");
});

it("says which port is taken", async () => {
  const port = Number(new URL(server.url).port);
  await expect(serveHiplot({ port })).rejects.toThrow(
    `port ${port} is taken; choose another with --port`,
  );
});
