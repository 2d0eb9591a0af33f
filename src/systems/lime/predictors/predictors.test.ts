// Black boxes: each kind against answers known otherwise, and what a user reads when one fails.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { explainText } from "../text.ts";
import { commandModel } from "./command.ts";
import { cachedOnDisk } from "./disk-cache.ts";
import { httpModel } from "./http.ts";
import { onnxModel } from "./onnx.ts";
import { openModel } from "./open.ts";

const fixture = (name: string) => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "deepdive-lime-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("ONNX files", async () => {
  const known = JSON.parse(await readFile(fixture("linear.json"), "utf8")) as {
    rows: number[][];
    probabilities: number[][];
  };

  it.each([
    ["zipmap", ["setosa", "versicolor", "virginica"]],
    ["plain", ["0", "1", "2"]],
    ["columns", ["0", "1", "2"]],
  ])("as scikit-learn exports them: %s", async (name, classNames) => {
    const model = await onnxModel(fixture(`${name}.onnx`), "table");
    expect(model.classNames).toEqual(classNames);
    const rows = (await model.predict(known.rows)) as number[][];
    rows.forEach((row, i) => {
      for (const [c, p] of row.entries()) expect(p).toBeCloseTo(known.probabilities[i]![c]!, 6);
    });
    await model.close();
  });

  it("of texts, explained", async () => {
    const model = await onnxModel(fixture("words.onnx"), "text");
    const { explanations } = await explainText("a free prize at the meeting", model.predict, {
      classNames: model.classNames ?? [],
    });
    const [{ className, weights }] = explanations as [(typeof explanations)[0]];
    expect(className).toBe("spam");
    expect(weights.slice(0, 3).map(({ name }) => name)).toEqual(["meeting", "prize", "free"]);
    await model.close();
  });

  it("that do not take the input are refused with their shapes", async () => {
    await expect(onnxModel(fixture("plain.onnx"), "text")).rejects.toThrow(
      "model: expected one input of strings for texts",
    );
    await expect(onnxModel(fixture("words.onnx"), "table")).rejects.toThrow("X: string[N, 1]");
    await expect(onnxModel(fixture("plain.onnx"), "image")).rejects.toThrow(
      "one input [N, C, H, W]",
    );
    const model = await onnxModel(fixture("plain.onnx"), "table");
    await expect(async () => model.predict([[1, 2]])).rejects.toThrow(
      "model: expected rows of 2 columns, as the table has, received input X of 3 columns.",
    );
    await model.close();
  });
});

describe("endpoints", () => {
  let server: Server;
  let url = "";
  let failures = 0;
  let requests = 0;
  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = "";
      request.on("data", (part) => {
        body += part;
      });
      request.on("end", () => {
        requests++;
        if (failures-- > 0) return void response.writeHead(503).end("busy");
        if (request.url === "/wrong") return void response.end('{"outputs": [[1]]}');
        if (request.url === "/html") return void response.end("<p>");
        if (request.url === "/no") return void response.writeHead(401).end("who are you?");
        const { inputs } = JSON.parse(body) as { inputs: string[] };
        const outputs = inputs.map((text) => [0, text.length]);
        response.end(JSON.stringify({ outputs }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  });
  afterAll(() => server.close());

  it("answer, also after they were busy", async () => {
    failures = 2;
    requests = 0;
    expect(await httpModel<"text">(url).predict(["ab", "c"])).toEqual([
      [0, 2],
      [0, 1],
    ]);
    expect(requests).toBe(3);
  });

  it("give logits if they are said to", async () => {
    const model = httpModel<"text">(url, { outputs: "logits" });
    const [[, p]] = (await model.predict(["ab"])) as [[number, number]];
    expect(p).toBeCloseTo(1 / (1 + Math.exp(-2)), 12);
  });

  it("are named with what they said", async () => {
    const failing = async (path: string, options = {}) =>
      httpModel<"text">(url + path, options).predict(["a", "b"]);
    await expect(failing("/wrong")).rejects.toThrow("expected 2 rows of numbers, received 1 rows");
    await expect(failing("/html")).rejects.toThrow('expected JSON, received "<p>"');
    await expect(failing("/no")).rejects.toThrow('answered 401 "who are you?"');
    failures = 2;
    await expect(failing("", { retries: 1 })).rejects.toThrow('answered 503 "busy" (2 attempts)');
    failures = 0;
    const nobody = httpModel<"text">("http://127.0.0.1:9", { retries: 0 });
    await expect(async () => nobody.predict(["a"])).rejects.toThrow("cannot be reached");
  });
});

describe("commands", () => {
  const line = `"${process.execPath}" "${fixture("command.mjs")}"`;

  it("stay open from batch to batch and start again after a crash", async () => {
    const model = commandModel<"text">(line);
    expect(await model.predict(["abcde", "a"])).toEqual([
      [0.5, 0.5],
      [0.9, 0.1],
    ]);
    await expect(async () => model.predict(["crash"])).rejects.toThrow(
      "it ended with code 3; it said: out of memory",
    );
    expect(await model.predict(["abcde"])).toEqual([[0.5, 0.5]]);
    await model.close();
  });

  it("are named when they are silent or say something else", async () => {
    const model = commandModel<"text">(line, { timeoutMs: 300 });
    await expect(async () => model.predict(["silence"])).rejects.toThrow(
      "no answer to 1 lines within 300 ms",
    );
    await expect(async () => model.predict(["noise"])).rejects.toThrow(
      'expected a JSON line, received "loading model"',
    );
    await model.close();
  });
});

describe("disk cache", () => {
  it("asks nothing twice, also in the next run, and survives a cut-off line", async () => {
    const file = join(folder, "cache.json");
    let asked: string[] = [];
    const predict = (batch: string[]) => {
      asked.push(...batch);
      return Float64Array.from(batch.flatMap((text) => [0, text.length]));
    };
    const first = cachedOnDisk<"text">(predict, file, "m");
    expect(await first(["a", "bb", "a"])).toEqual([
      [0, 1],
      [0, 2],
      [0, 1],
    ]);
    expect(asked).toEqual(["a", "bb"]);
    await writeFile(file, `${await readFile(file, "utf8")}{"key": "cut`);
    asked = [];
    const second = cachedOnDisk<"text">(predict, file, "m");
    expect(await second(["bb", "ccc"])).toEqual([
      [0, 2],
      [0, 3],
    ]);
    expect(asked).toEqual(["ccc"]);
    expect(second.counts).toEqual({ hits: 1, misses: 1 });
    await cachedOnDisk<"text">(predict, file, "another")(["a"]);
    expect(asked).toEqual(["ccc", "a"]);
  });
});

describe("openModel", () => {
  it("takes modules and commands only where code is allowed", async () => {
    const allowed = await openModel(fixture("model.mjs"), "text", { allowCode: true });
    expect(allowed.classNames).toEqual(["short", "long"]);
    expect(await allowed.predict(["abc"])).toEqual([[0.25, 0.75]]);
    await expect(openModel(fixture("model.mjs"), "text")).rejects.toThrow("where the command line");
    await expect(openModel("python model.py", "text")).rejects.toThrow(
      'model: expected an .onnx file, a URL or a saved model\'s folder, received "python model.py".',
    );
  });

  it("names what is missing", async () => {
    await expect(openModel("gone.onnx", "text")).rejects.toThrow(
      "model: expected a file that is there, received gone.onnx.",
    );
    await expect(openModel(folder, "text")).rejects.toThrow("without a config.json");
    await writeFile(join(folder, "config.json"), '{"format": "deepdive-unheard-of"}');
    await expect(openModel(folder, "text")).rejects.toThrow("of format deepdive-unheard-of");
    await writeFile(join(folder, "broken.onnx"), "no model");
    await expect(openModel(join(folder, "broken.onnx"), "text")).rejects.toThrow("ONNX");
  });
});
