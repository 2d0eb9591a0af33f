import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readOptuna } from "./optuna.ts";
import { maskedCrc, readTensorboard } from "./tensorboard.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hiplot-studies-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const float =
  '{"name": "FloatDistribution", "attributes": {"low": 1e-5, "high": 0.1, "log": true, "step": null}}';
const choice =
  '{"name": "CategoricalDistribution", "attributes": {"choices": ["adam", "sgd", null]}}';
const whole =
  '{"name": "IntDistribution", "attributes": {"low": 1, "high": 4, "log": false, "step": 1}}';

it("reads Optuna's journal: finished trials, parameters as they were chosen", async () => {
  const entries = [
    { op_code: 0, study_name: "s", directions: [1] },
    { op_code: 4, study_id: 0, datetime_start: "2024-01-01T00:00:00" },
    { op_code: 4, study_id: 0, datetime_start: "2024-01-01T00:00:01" },
    { op_code: 5, trial_id: 0, param_name: "lr", param_value_internal: 0.01, distribution: float },
    {
      op_code: 5,
      trial_id: 0,
      param_name: "optimizer",
      param_value_internal: 1,
      distribution: choice,
    },
    {
      op_code: 5,
      trial_id: 0,
      param_name: "layers",
      param_value_internal: 3.0,
      distribution: whole,
    },
    { op_code: 7, trial_id: 0, step: 1, intermediate_value: 2 },
    { op_code: 8, trial_id: 0, user_attr: { note: "good" } },
    { op_code: 6, trial_id: 0, state: 1, values: [0.25] },
    { op_code: 6, trial_id: 1, state: 3, values: null },
  ];
  const path = join(folder, "study.log");
  await writeFile(path, `${entries.map((entry) => JSON.stringify(entry)).join("\n")}\n{"op_co`);
  const made = await readOptuna(path);
  expect(made.datapoints).toEqual([
    {
      uid: "0",
      fromUid: null,
      values: { value: 0.25, lr: 0.01, optimizer: "sgd", layers: 3, note: "good" },
    },
  ]);
  expect(made.notes).toEqual(["1 trials did not finish and are left out"]);
  const all = await readOptuna(path, { allStates: true });
  expect(all.datapoints.map(({ values }) => values.state)).toEqual(["COMPLETE", "FAIL"]);
});

it("reads Optuna's SQLite tables, several objectives", async () => {
  const sqlite = await import("node:sqlite");
  const path = join(folder, "study.db");
  const database = new sqlite.DatabaseSync(path);
  database.exec(`
    create table studies (study_id integer primary key, study_name text);
    create table trials (trial_id integer primary key, number integer, study_id integer, state text);
    create table trial_params (param_id integer primary key, trial_id integer, param_name text, param_value real, distribution_json text);
    create table trial_values (trial_value_id integer primary key, trial_id integer, objective integer, value real, value_type text);
    create table trial_user_attributes (id integer primary key, trial_id integer, key text, value_json text);
    insert into studies values (1, 's');
    insert into trials values (5, 0, 1, 'COMPLETE'), (6, 1, 1, 'PRUNED');
    insert into trial_params values (1, 5, 'lr', 0.01, '${float}'), (2, 5, 'optimizer', 0, '${choice}');
    insert into trial_values values (1, 5, 1, null, 'INF_POS'), (2, 5, 0, 0.5, 'FINITE');
    insert into trial_user_attributes values (1, 5, 'note', '"good"');
  `);
  database.close();
  expect((await readOptuna(path)).datapoints).toEqual([
    {
      uid: "0",
      fromUid: null,
      values: { value_0: 0.5, value_1: Infinity, lr: 0.01, optimizer: "adam", note: "good" },
    },
  ]);
});

/** A field of a message: a number in 8 or 4 bytes, a whole number, or bytes. */
const bytesOf = (...parts: (Uint8Array | number[])[]) =>
  Buffer.concat(parts.map((part) => Uint8Array.from(part)));
const message = (number: number, body: Uint8Array) => bytesOf([number * 8 + 2, body.length], body);
const text = (number: number, value: string) => message(number, Buffer.from(value));
const double = (number: number, value: number) => {
  const body = Buffer.alloc(8);
  body.writeDoubleLE(value);
  return bytesOf([number * 8 + 1], body);
};
const single = (number: number, value: number) => {
  const body = Buffer.alloc(4);
  body.writeFloatLE(value);
  return bytesOf([number * 8 + 5], body);
};

function record(event: Uint8Array): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt32LE(event.length, 0);
  head.writeUInt32LE(maskedCrc(head.subarray(0, 8)), 8);
  const tail = Buffer.alloc(4);
  tail.writeUInt32LE(maskedCrc(event));
  return bytesOf(head, event, tail);
}

it("has the CRC-32C of RFC 3720, masked as TFRecord does", () => {
  // The check value of the polynomial: "123456789" gives e3069283.
  const crc = 0xe3069283;
  const masked = (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
  expect(maskedCrc(Buffer.from("123456789"))).toBe(masked);
});

it("reads TensorBoard's scalars and hyperparameters, up to where a file is torn", async () => {
  const scalar = (tag: string, step: number, value: number) =>
    record(
      bytesOf(
        double(1, 1600000000.5),
        [2 * 8, step],
        message(5, message(1, bytesOf(text(1, tag), single(2, value)))),
      ),
    );
  const tensorScalar = record(
    bytesOf(
      double(1, 1600000001),
      [2 * 8, 1],
      message(
        5,
        message(
          1,
          bytesOf(
            text(1, "acc"),
            message(8, bytesOf([8, 1], message(4, single(0, 0.5).subarray(1)))),
          ),
        ),
      ),
    ),
  );
  const entry = bytesOf(text(1, "lr"), message(2, double(2, 0.1)));
  const content = message(3, message(1, entry));
  const hparams = record(
    message(
      5,
      message(
        1,
        bytesOf(
          text(1, "_hparams_/session_start_info"),
          message(9, message(1, message(2, content))),
        ),
      ),
    ),
  );
  const torn = scalar("loss", 2, 9).subarray(0, 20);
  const path = join(folder, "events.out.tfevents.1.host");
  await writeFile(
    path,
    bytesOf(hparams, scalar("loss", 0, 2), scalar("loss", 1, 1.5), tensorScalar, torn),
  );
  const made = await readTensorboard(folder);
  const run = made.datapoints[0]!.values.run;
  expect(made.datapoints).toEqual([
    {
      uid: `${run}_0`,
      fromUid: null,
      values: { run, lr: 0.1, step: 0, time: 1600000000, loss: 2 },
    },
    {
      uid: `${run}_1`,
      fromUid: `${run}_0`,
      values: { run, lr: 0.1, step: 1, time: 1600000000, loss: 1.5, acc: 0.5 },
    },
  ]);
  expect(made.notes).toEqual([
    "events.out.tfevents.1.host: ends inside a record; what comes before is read",
  ]);
});
