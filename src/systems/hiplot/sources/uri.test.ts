import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defaultColourColumn } from "../core/colour.ts";
import { textOfBytes } from "../core/text-bytes.ts";
import { encodeFrame } from "../core/wire.ts";
import { DoesNotApply } from "../errors.ts";
import { ExperimentData } from "../experiment.ts";
import { wireOf } from "../serve.ts";
import { demoNames } from "./demos.ts";
import { importFetcher, loadUri } from "./uri.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hiplot-uri-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, content);
  return path;
}

const rows = ({ datapoints }: ExperimentData) =>
  datapoints.map(({ uid, fromUid, values }) => ({ uid, fromUid, ...values }));

describe("URIs", () => {
  it("merges several, one per line, under their numbers", async () => {
    const merged = await loadUri("demo_bool\ndemo_basic_usage\n");
    expect(merged.datapoints.map(({ uid }) => uid)).toEqual(["0_0", "0_1", "1_0", "1_1", "1_2"]);
    expect(merged.datapoints[0]!.values).toEqual({ bool: true, exp: "0" });
  });

  it("reads JSON in the URI, over several lines, followed by another URI", async () => {
    const uri =
      'json://[{"a": 1},\n {"a": NaN}]\nmulti://{"first": "demo_bool",\n "second": "demo_bool"}';
    const merged = await loadUri(uri);
    expect(merged.datapoints.map(({ uid }) => uid)).toEqual([
      "0_0",
      "0_1",
      ...["1_first_0", "1_first_1", "1_second_0", "1_second_1"],
    ]);
  });

  it("knows all demos, with the same rows each time", async () => {
    for (const name of demoNames) {
      const made = await loadUri(name);
      made.validate();
      const again = await loadUri(name);
      expect(again.size).toBe(made.size);
      expect(again.datapoints.at(-1)).toEqual(made.datapoints.at(-1));
    }
  });

  it("asks a fetcher of the user first, and takes DoesNotApply for no", async () => {
    const path = await file(
      "mine.mjs",
      `export function fetch(uri) {
         if (uri !== "mine") throw Object.assign(new Error("no"), { name: "DoesNotApply" });
         return globalThis.madeByFetcher;
       }`,
    );
    const made = await loadUri("demo_bool");
    Object.assign(globalThis, { madeByFetcher: made });
    const fetchers = [await importFetcher(path)];
    expect(await loadUri("mine", { fetchers })).toBe(made);
    expect((await loadUri("demo_bool", { fetchers })).size).toBe(2);
    const failing = { name: "failing", fetch: () => Promise.reject(new Error("no connection")) };
    await expect(loadUri("x", { fetchers: [failing] })).rejects.toThrow("no connection");
    const shy = { name: "shy", fetch: () => Promise.reject(new DoesNotApply("no")) };
    await expect(loadUri("x.what", { fetchers: [shy] })).rejects.toThrow(
      /^no fetcher for x\.what; asked: shy, demo, json:\/\/, /,
    );
  });
});

describe("files", () => {
  it("reads CSV as texts, with ids and lineage", async () => {
    const path = await file("a.csv", 'uid,from_uid,lr,name\na,,1e-05,"x, y"\nb,a,,z\n');
    expect(rows(await loadUri(path))).toEqual([
      { uid: "a", fromUid: null, lr: "1e-05", name: "x, y" },
      { uid: "b", fromUid: "a", lr: "", name: "z" },
    ]);
  });

  it("reads JSON lists, experiment objects, and what Nevergrad logs", async () => {
    const list = await file("list.json", '[{"a": 1, "uid": 7}, {"a": -Infinity, "b": null}]');
    expect(rows(await loadUri(list))).toEqual([
      { uid: "7", fromUid: null, a: 1 },
      { uid: "1", fromUid: null, a: -Infinity, b: null },
    ]);
    const object = await file(
      "object.json",
      '{"datapoints_compressed": {"columns": ["x"], "rows": [["p", null, 1], ["q", "p", NaN]]}, "colorby": "x"}',
    );
    const made = await loadUri(object);
    expect(rows(made)).toEqual([
      { uid: "p", fromUid: null, x: 1 },
      { uid: "q", fromUid: "p", x: Number.NaN },
    ]);
    expect(made.colorby).toBe("x");
    const nevergrad = await file(
      "nevergrad.json",
      '[{"job_id": 3, "kwargs": {"lr": 1e-5, "flag": true, "name": "a", "list": [1, null, "b"]}, "results": {"scores": {"loss": 2}}}]',
    );
    expect((await loadUri(nevergrad)).datapoints[0]!.values).toEqual({
      ...{ id: 3, lr: "1e-05", flag: "True", name: "a", list: "[1, None, 'b']", loss: 2 },
    });
    const lines = await file("rows.jsonl", '{"a": 1}\n\n{"a": "x"}\n');
    expect((await loadUri(lines)).datapoints.map(({ values }) => values.a)).toEqual([1, "x"]);
  });

  it("reads a page that HiPlot wrote, and runs nothing in it", async () => {
    const options = JSON.stringify(
      '{"experiment": {"datapoints": [{"uid": "1", "from_uid": null, "values": {"a": NaN}}]}}',
    ).slice(1, -1);
    const page = `<script>Object.assign(options, eval('(' + "${options}" + ')'));</script>`;
    const made = await loadUri(await file("page.html", page));
    expect(rows(made)).toEqual([{ uid: "1", fromUid: null, a: Number.NaN }]);
    const evil = `<script>Object.assign(options, eval('(' + "{experiment: globalThis.evil = 1}" + ')'));</script>`;
    await expect(loadUri(await file("evil.html", evil))).rejects.toThrow(
      "found no experiment in it",
    );
    expect((globalThis as { evil?: number }).evil).toBeUndefined();
  });

  it("reads a page of its own, without loss", async () => {
    const experiment = new ExperimentData({
      datapoints: (await loadUri("demo")).datapoints,
      colorby: "lr",
    });
    const packed = textOfBytes(gzipSync(encodeFrame(wireOf(experiment))));
    const page = `<script type="application/x-deepdive-columns" id="deepdive-data">${packed}</script>`;
    const made = await loadUri(await file("own.html", page));
    expect(made.datapoints).toEqual(experiment.datapoints);
    expect(made.colorby).toBe("lr");
  });

  it("answers SQL, with lineage, times in seconds and exact big numbers", async () => {
    const made = await loadUri(
      "sql://select * from (values ('a', null, 1.5, timestamp '2020-01-01', 9007199254740993, true), ('b', 'a', null, null, 1, false)) t(uid, from_uid, x, time, big, flag)",
    );
    expect(rows(made)).toEqual([
      { uid: "a", fromUid: null, x: 1.5, time: 1577836800, big: "9007199254740993", flag: true },
      { uid: "b", fromUid: "a", x: null, time: null, big: "1", flag: false },
    ]);
    expect(made.parametersDefinition.time!.type).toBe("timestamp");
    expect(made.notes).toEqual([
      "big has whole numbers beyond 2^53: kept as exact text, drawn by category",
    ]);
  });
});

const shared = join(process.env.DEEPDIVE_DATA ?? join("..", "shared", "data"), "hiplot");

describe.skipIf(!existsSync(shared))(
  "files that HiPlot wrote (skipped without DEEPDIVE_DATA)",
  () => {
    it.each([
      ["demo_change_column_properties.json", 2],
      ["demo_line_xy.json", 200],
      ["demo_customize.json", 1_000],
      ["demo_force_scale.json", 100],
      ["demo_compressed.json", 300],
    ])("%s", async (name, rows) => {
      const made = await loadUri(join(shared, name));
      expect(made.validate().size).toBe(rows);
    });

    it("ml1.csv has 356 roots, its learning rate a log scale, its colours from dropout", async () => {
      const made = await loadUri(join(shared, "ml1.csv"));
      const defs = made.columns();
      expect(made.datapoints.filter(({ fromUid }) => fromUid === null)).toHaveLength(356);
      expect(defs.get("lr")!.type).toBe("numericlog");
      expect(defaultColourColumn(defs)).toBe("dropout");
      for (const name of ["dropout", "epoch", "embedding_size", "train f1", "valid ppl"]) {
        expect(defs.get(name)!.type).toBe("numeric");
      }
    });
  },
);

describe("logs of other tools", () => {
  it("reads fairseq's logs, old and new, as a chain of epochs", async () => {
    const log = [
      "2020-03-08 16:48:16 | INFO | Namespace(lr=[0.5], arch='t_base', clip=None, fp16=True, dropout=1e-1)",
      "| epoch 001 | loss 8.4 | ppl 340.8",
      "| epoch 001 | valid on 'valid' subset | loss 7.5 | nll_loss nan?",
      'valid | {"epoch": 2, "valid_loss": "0.7"}',
    ].join("\n");
    await file("fair/train.log", log);
    const shared = { lr: "[0.5]", arch: "t_base", clip: null, fp16: true, dropout: 0.1 };
    expect(rows(await loadUri(`fairseq://${join(folder, "fair")}`))).toEqual([
      {
        uid: "0",
        fromUid: null,
        ...shared,
        epoch: 1,
        loss: 8.4,
        ppl: 340.8,
        valid_loss: 7.5,
        valid_nll_loss: "nan?",
      },
      { uid: "1", fromUid: "0", ...shared, epoch: 2, valid_loss: "0.7" },
    ]);
  });

  it("reads wav2letter's tables", async () => {
    await file("speech/001_perf", "# date wer loss\n2019-09-30 12.5 x\n");
    await file("speech/002_perf", "# date wer\n2019-10-01 11\n");
    expect(rows(await loadUri(`w2l://${join(folder, "speech")}`))).toEqual([
      { uid: "peech_0", fromUid: null, perf_date: "2019-09-30", perf_wer: 12.5, perf_loss: "x" },
      { uid: "peech_1", fromUid: "peech_0", perf_date: "2019-10-01", perf_wer: 11 },
    ]);
  });

  it("reads MLflow's folders", async () => {
    const run = "mlruns/0/abc";
    await file(`${run}/meta.yaml`, "run_id: abc\nrun_name: swift\n");
    await file(`${run}/params/lr`, "0.1");
    await file(`${run}/metrics/valid/loss`, "1600000000000 2.5 0\n1600000001000 Infinity 1\n");
    const shared = { run: "swift", lr: 0.1 };
    expect(rows(await loadUri(`mlflow://${join(folder, "mlruns")}`))).toEqual([
      { uid: "abc_0", fromUid: null, ...shared, step: 0, time: 1600000000, "valid/loss": 2.5 },
      {
        uid: "abc_1",
        fromUid: "abc_0",
        ...shared,
        step: 1,
        time: 1600000001,
        "valid/loss": Infinity,
      },
    ]);
  });

  it("reads the curves that Weights & Biases exports", async () => {
    const path = await file(
      "wandb.csv",
      '"Step","swift-1 - loss","swift-1 - loss__MIN","swift-1 - loss__MAX","calm-2 - loss"\n1,0.5,0.5,0.5,\n2,0.4,0.4,0.4,0.9\n',
    );
    expect(rows(await loadUri(path))).toEqual([
      { uid: "swift-1_0", fromUid: null, run: "swift-1", Step: "1", loss: "0.5" },
      { uid: "swift-1_1", fromUid: "swift-1_0", run: "swift-1", Step: "2", loss: "0.4" },
      { uid: "calm-2_1", fromUid: null, run: "calm-2", Step: "2", loss: "0.9" },
    ]);
  });
});

describe("bad input", () => {
  it.each([
    [
      "ragged.csv",
      "uid,a\nx,1\nx,2\n",
      "row x: two rows have this uid; --repair renames the second",
    ],
    [
      "orphan.csv",
      "uid,from_uid\nx,y\n",
      "row x: its parent y is not among the rows; removeMissingParents() or --repair drops such links",
    ],
    ["cycle.csv", "uid,from_uid\na,c\nb,a\nc,b\n", "row a: it is its own ancestor: a → c → b → a"],
    ["empty.csv", "", "line 1, column 1: expected a header line, but the file is empty"],
    ["header.csv", "a,b\n", "experiment: expected at least one row, got none"],
    ["open.csv", 'a\n"x\n', "line 2, column 1: a quote is opened here and never closed"],
    ["text.json", "{1: 2}", 'line 1, column 2: expected a key in double quotes, received "1: 2}"'],
    [
      "eval.json",
      "[{a: alert(1)}]",
      'line 1, column 3: expected a key in double quotes, received "a: alert(1)}]"',
    ],
    ["number.json", "42", "JSON: expected a list of rows or an experiment object with datapoints"],
    ["mixed.json", '[{"a": 1}, 2]', "JSON: expected an object as row 1, got 2"],
    [
      "torn.jsonl",
      '{"a": 1}\n{"a": \n',
      "line 2, column 7: expected a value, received the end of the text",
    ],
    ["study.log", "hello\n", 'line 1: line 1, column 1: expected a value, received "hello"'],
  ])("%s", async (name, content, message) => {
    const path = await file(`bad/${name}`, content);
    const error = await loadUri(path).catch((thrown: Error) => thrown);
    expect((error as Error).name).toBe("HiplotError");
    expect((error as Error).message).toBe(`${path}: ${message}`);
  });

  it("names files and folders that are not there", async () => {
    await expect(loadUri("nowhere.csv")).rejects.toThrow("nowhere.csv: there is no such file");
    await expect(loadUri("nowhere.parquet")).rejects.toThrow(
      "nowhere.parquet: there is no such file",
    );
    await expect(loadUri("mlflow://nowhere")).rejects.toThrow("nowhere: there is no such folder");
    await expect(loadUri("tensorboard://nowhere")).rejects.toThrow(
      "there is no such file or folder",
    );
    await expect(loadUri("run://nothing", { dataDir: folder })).rejects.toThrow(
      "track() records them",
    );
  });

  it("repairs double ids and missing parents when asked, and says so", async () => {
    const path = await file("bad/repair.csv", "uid,from_uid\nx,gone\nx,x\n");
    const made = await loadUri(path, { repair: true });
    expect(rows(made)).toEqual([
      { uid: "x", fromUid: null },
      { uid: "x.2", fromUid: "x" },
    ]);
    expect(made.notes).toEqual([
      "row x occurs again: the later one is now x.2",
      "row x: its parent gone is not among the rows, link dropped",
    ]);
    const json = await file("bad/repair.json", '[{"uid": 1, "from_uid": 9}, {"uid": 1}]');
    expect((await loadUri(json, { repair: true })).datapoints.map(({ uid }) => uid)).toEqual([
      "1",
      "1.2",
    ]);
    const sql = "sql://select * from (values ('x', 'gone'), ('x', 'x')) t(uid, from_uid)";
    await expect(loadUri(sql)).rejects.toThrow("row x: two rows have this uid");
    const fixed = await loadUri(sql, { repair: true });
    expect(rows(fixed)).toEqual([
      { uid: "x", fromUid: null },
      { uid: "x.2", fromUid: "x" },
    ]);
  });
});
