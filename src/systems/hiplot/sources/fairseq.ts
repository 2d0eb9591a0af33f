// Training logs of fairseq and wav2letter: one row per epoch, each coming from the epoch before.
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { parseJson } from "../core/json.ts";
import { HiplotError } from "../errors.ts";
import { ExperimentData, pointsOf } from "../experiment.ts";
import { parseCall } from "./python-text.ts";

type Values = Record<string, unknown>;

/** Reads a fairseq log, or the first that a folder has under one of the usual names. */
export async function readFairseq(path: string): Promise<ExperimentData> {
  const file = await findLog(path);
  return fairseqExperiment(await readFile(file, "utf8"));
}

async function findLog(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined)
    throw new HiplotError("file-missing", `${path}: there is no such log or folder`);
  if (!found.isDirectory()) return path;
  const logsIn = async (folder: string) => {
    const names = await readdir(folder).catch(() => [] as string[]);
    return names
      .filter((name) => name.endsWith(".log"))
      .sort()
      .map((name) => join(folder, name));
  };
  const candidates = [
    ...["train.log", "process.out", "process_0.out"].map((name) => join(path, name)),
    ...(await logsIn(path)),
    ...(await logsIn(join(path, "slurm_logs"))),
  ];
  for (const candidate of candidates) {
    if ((await stat(candidate).catch(() => undefined))?.isFile()) return candidate;
  }
  throw new HiplotError(
    "file-missing",
    `${path}: expected train.log, process.out, process_0.out, *.log or slurm_logs/*.log in it`,
  );
}

/** The epochs of a fairseq log as a chain of rows. */
function fairseqExperiment(log: string): ExperimentData {
  let params: Values = {};
  const epochs: Values[] = [];
  for (const raw of log.split("\n")) {
    const line = raw.replace(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \| [A-Z]* \| /, "");
    if (line.startsWith("Namespace(")) {
      const found = parseCall(line);
      if (found === undefined) {
        throw new HiplotError("format", "fairseq: the arguments after Namespace( cannot be read");
      }
      params = found;
    } else if (line.startsWith("valid | {")) {
      epochs.push(parseJson(line.slice(line.indexOf("|") + 1)) as Values);
    } else if (line.startsWith("| epoch ")) {
      const values = oldEpoch(line);
      const last = epochs.at(-1);
      if (last && last.epoch === values.epoch) Object.assign(last, values);
      else epochs.push(values);
    }
  }
  const rows = epochs
    .map((values): Values => ({ ...params, ...values }))
    .sort((a, b) => Number(a.epoch) - Number(b.epoch));
  const datapoints = pointsOf(rows);
  for (let i = 1; i < datapoints.length; i++) datapoints[i]!.fromUid = datapoints[i - 1]!.uid;
  return new ExperimentData({ datapoints });
}

/** `| epoch 001 | valid on 'valid' subset | loss 8.0 | …` of older versions. */
function oldEpoch(line: string): Values {
  const [head = "", ...parts] = line.replace(/^\| epoch /, "").split("|");
  const values: Values = { epoch: Number.parseInt(head, 10) };
  let prefix = "";
  for (const part of parts.map((each) => each.trim())) {
    const subset = /^valid on '([a-zA-Z0-9]*)' subset/.exec(part);
    if (subset) {
      prefix = `${subset[1]}_`;
      continue;
    }
    const at = part.lastIndexOf(" ");
    if (at < 0) continue;
    const text = part.slice(at + 1);
    const number = Number(text);
    values[prefix + part.slice(0, at).trim()] = Number.isNaN(number) ? text : number;
  }
  return values;
}

/** Reads the `*_perf` tables of a wav2letter folder, one after another, as one chain. */
export async function readWav2letter(folder: string): Promise<ExperimentData> {
  const names = await readdir(folder).catch(() => {
    throw new HiplotError("file-missing", `${folder}: there is no such folder`);
  });
  const points: ReturnType<typeof pointsOf> = [];
  for (const name of names.filter((each) => each.endsWith("_perf")).sort()) {
    for (const values of perfRows(await readFile(join(folder, name), "utf8"))) {
      const uid = `${folder.slice(-5)}_${points.length}`;
      const [point] = pointsOf([{ ...values, uid, from_uid: points.at(-1)?.uid }]);
      points.push(point!);
    }
  }
  return new ExperimentData({ datapoints: points });
}

/** A table whose first line is `# date name name …`. */
function perfRows(text: string): Values[] {
  const [head = "", ...lines] = text.split("\n");
  const names = head.trim().split(/\s+/).slice(1);
  return lines
    .filter((line) => line !== "")
    .map((line) => {
      const cells = line.trim().split(/\s+/);
      return Object.fromEntries(
        names.flatMap((name, i) => {
          if (cells[i] === undefined) return [];
          const number = Number(cells[i]);
          return [[`perf_${name}`, Number.isNaN(number) ? cells[i] : number]];
        }),
      );
    });
}
