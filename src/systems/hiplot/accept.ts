// What the plot's library promises, measured: `npm run accept -- hiplot [criterion]`.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Criterion, judge, notRun, type Outcome } from "../../lab/criteria.ts";
import { fitBadge } from "./core/badges.ts";
import type { ExperimentData } from "./experiment.ts";
import { constructedRuns } from "./fixtures/constructed-runs.ts";
import { plantedRows } from "./fixtures/planted.ts";
import { importance } from "./importance.ts";
import { Experiment } from "./public-experiment.ts";
import { columnsType, serveHiplot } from "./serve.ts";
import { generateRuns } from "./sources/datagen.ts";
import { demoExperiment, demoNames } from "./sources/demos.ts";
import { readCsv, readParquet } from "./sources/files.ts";
import { Random } from "./sources/random.ts";
import { readRuns } from "./sources/runs.ts";
import { compareWithGolden, readGolden } from "./testing/golden.ts";
import { drawSettings, foodTable, trainFoods } from "./testing/nutrient-sweep.ts";
import { readRun, runsExperiment } from "./tracker/runs.ts";
import { track } from "./tracker/tracker.ts";

const system = "hiplot";

/** The folder with `ml1.csv` and `nutrients.csv`; undefined where there is none. */
function dataFolder(): string | undefined {
  const folder = join(process.env.DEEPDIVE_DATA ?? resolve("..", "shared", "data"), "hiplot");
  return existsSync(join(folder, "ml1.csv")) ? folder : undefined;
}

async function sameAnswers(): Promise<Outcome> {
  const folder = dataFolder();
  if (folder === undefined)
    return notRun("ml1.csv and nutrients.csv are not there: set DEEPDIVE_DATA");
  const golden = await readGolden();
  const sources = new Map<string, ExperimentData>();
  for (const file of ["ml1.csv", "nutrients.csv"])
    sources.set(file, await readCsv(join(folder, file)));
  for (const name of demoNames) sources.set(name, demoExperiment(name)!);
  let compared = 0;
  const differences: string[] = [];
  for (const [name, made] of sources) {
    const { colorby, colormap } = made;
    const hints = made.parametersDefinition;
    const found = compareWithGolden(golden[name]!, {
      frame: made.frame(),
      hints,
      colorby,
      colormap,
    });
    compared += found.compared;
    differences.push(...found.differences.map((line) => `${name}: ${line}`));
  }
  const share = Math.round((1e4 * (compared - differences.length)) / compared) / 100;
  const note = `${compared} answers of ${sources.size} sources; ${differences.slice(0, 3).join("; ") || "all equal"}`;
  return { figure: share, ok: differences.length === 0, note };
}

/** The sweep of 60 runs on the foods; its folder is removed by the caller. */
async function sweep(folder: string, data: string, runs: number, epochs: number) {
  const foods = foodTable(await readCsv(join(data, "nutrients.csv")));
  const random = new Random(60);
  const start = performance.now();
  let [seconds, trackerSeconds] = [0, 0];
  const ids: { id: string; file: string }[] = [];
  for (let i = 0; i < runs; i++) {
    const file = join(folder, `predictions-${i}.f32`);
    const settings = drawSettings(random);
    const options = { experiment: "foods", dataDir: folder, epochs, seed: i, predictions: file };
    const done = await trainFoods(foods, settings, options);
    seconds += done.seconds;
    trackerSeconds += done.trackerSeconds;
    ids.push({ id: done.run.id, file });
    process.stderr.write(
      `run ${i + 1} of ${runs}: ${((performance.now() - start) / 1000).toFixed(0)} s\n`,
    );
  }
  return { foods, ids, seconds, trackerSeconds };
}

async function trackerOnRealData(): Promise<Outcome> {
  const data = dataFolder();
  if (data === undefined) return notRun("nutrients.csv is not there: set DEEPDIVE_DATA");
  const folder = await mkdtemp(join(tmpdir(), "hiplot-sweep-"));
  try {
    const { value, wall, cpu } = await timed(() => sweep(folder, data, 60, 50));
    const { foods, ids, seconds, trackerSeconds } = value;
    let worst = 0;
    let best = Infinity;
    for (const { id, file } of ids) {
      const bytes = await readFile(file);
      const all = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
      const stored = readRun(folder, "foods", id).epochs;
      for (const [epoch, values] of stored) {
        const predicted = all.subarray(epoch * foods.test.rows, (epoch + 1) * foods.test.rows);
        let sum = 0;
        for (let i = 0; i < predicted.length; i++)
          sum += Math.abs(predicted[i]! - foods.test.y[i]!);
        const mae = sum / predicted.length;
        worst = Math.max(worst, Math.abs(mae - Number(values["valid/mae"])));
        best = Math.min(best, mae);
      }
    }
    const experiment = await readRuns("foods", folder);
    const roots = experiment.datapoints.filter(({ fromUid }) => fromUid === null).length;
    experiment.validate();
    const overhead = trackerSeconds / seconds;
    const badges = judgedRuns();
    const ok =
      foods.test.rows === 1_464 &&
      best <= 5.9 &&
      worst <= 1e-6 &&
      wall <= 360 &&
      overhead <= 0.01 &&
      experiment.size === 3_000 &&
      roots === 60 &&
      badges === 12;
    const note = [
      `${wall.toFixed(0)} s (at most 360), ${cpu.toFixed(0)} processor seconds`,
      `${foods.test.rows} test rows`,
      `stored against recomputed MAE: at most ${worst.toExponential(1)} apart`,
      `${experiment.size} datapoints in ${roots} chains`,
      `tracker ${(100 * overhead).toFixed(2)} % of training`,
      `${badges} of 12 badges right`,
    ].join(", ");
    return { figure: Number(best.toFixed(3)), ok, note };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** How many of twelve made-up runs, four of each kind, get the badge they were made for. */
function judgedRuns(): number {
  return constructedRuns().filter(({ expected, ...curves }) => fitBadge(curves).fit === expected)
    .length;
}

/** Kills a training without warning; says what it had told and what its journal holds. */
async function killOnce(folder: string, resume: string | undefined, afterMs: number) {
  const script = fileURLToPath(new URL("fixtures/kill-me.ts", import.meta.url));
  const args = [script, folder, ...(resume === undefined ? [] : [resume])];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const ended = once(child, "exit");
  while (!output.includes("epoch")) await new Promise((done) => setTimeout(done, 10));
  await new Promise((done) => setTimeout(done, afterMs));
  const killedAt = Date.now();
  child.kill("SIGKILL");
  await ended;
  const id = resume ?? /^run (\S+)$/m.exec(output)![1]!;
  const told = [...output.matchAll(/^epoch (\d+) (\d+)$/gm)].map((line) => ({
    epoch: Number(line[1]),
    time: Number(line[2]),
  }));
  return { id, told, killedAt };
}

async function crashes(): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), "hiplot-crash-"));
  const random = new Random(7);
  try {
    let id: string | undefined;
    let worstMs = 0;
    let next = 0;
    const faults: string[] = [];
    for (let kill = 0; kill < 20; kill++) {
      const found = await killOnce(folder, id, random.uniform(0, 1_500));
      id = found.id;
      if (found.told[0]!.epoch !== next)
        faults.push(`kill ${kill}: went on with ${found.told[0]!.epoch}, not ${next}`);
      // A torn line would make this throw.
      const { epochs } = readRun(folder, "crash", id);
      const kept = Math.max(-1, ...epochs.keys());
      const lost = found.told.find(({ epoch }) => epoch > kept);
      if (lost) worstMs = Math.max(worstMs, found.killedAt - lost.time);
      if (epochs.size !== kept + 1)
        faults.push(`kill ${kill}: ${kept + 1 - epochs.size} epochs are missing within`);
      next = kept + 1;
    }
    const note = `20 kills, ${next} epochs kept; ${faults.join("; ") || "no torn row, each resumption with the next epoch"}`;
    return { figure: worstMs, ok: worstMs <= 1_000 && faults.length === 0, note };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function plantedImportance(): Promise<Outcome> {
  const found = importance(Experiment.fromIterable(plantedRows()), "y");
  const order = found.slice(0, 3).map(({ column }) => column);
  const file = new URL("fixtures/sklearn-importance.json", import.meta.url);
  const theirs = (JSON.parse(await readFile(file, "utf8")) as { order: string[] }).order.slice(
    0,
    3,
  );
  const same = order.join() === theirs.join();
  const above = order.every((name) => ["x1", "x2", "c"].includes(name));
  const scores = found.slice(0, 4).map(({ column, score }) => `${column} ${score.toFixed(3)}`);
  return {
    figure: order.join(" > "),
    ok: same && above,
    note: `${scores.join(", ")}; scikit-learn: ${theirs.join(" > ")}`,
  };
}

/** A CSV file of about so many bytes: numbers and categories as a training log has them. */
async function writeCsvFile(path: string, megabytes: number): Promise<number> {
  const random = new Random(9);
  const lines: string[] = [];
  for (let i = 0; i < 20_000; i++) {
    const numbers = Array.from({ length: 8 }, () => random.uniform(0, 100).toPrecision(8));
    lines.push(`${numbers.join(",")},group ${random.integer(0, 11)},${random.integer(0, 100_000)}`);
  }
  const body = `${lines.join("\n")}\n`;
  const names = [..."abcdefghij"].join(",");
  const times = Math.ceil((megabytes * 1e6) / body.length);
  await writeFile(path, `${names}\n`);
  for (let i = 0; i < times; i++) await appendFile(path, body);
  return (await stat(path)).size;
}

/** Times work by the clock, and by the processor: on a busy machine the two are far apart. */
async function timed<T>(work: () => Promise<T>): Promise<{ value: T; wall: number; cpu: number }> {
  const before = process.cpuUsage();
  const start = performance.now();
  const value = await work();
  const wall = (performance.now() - start) / 1_000;
  const { user, system: kernel } = process.cpuUsage(before);
  return { value, wall, cpu: (user + kernel) / 1e6 };
}

async function csvSpeed(): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), "hiplot-csv-"));
  try {
    const file = join(folder, "rows.csv");
    const size = await writeCsvFile(file, 100);
    const times = [];
    for (let time = 0; time < 3; time++) times.push(await timed(() => readCsv(file)));
    const megabytes = size / 1e6;
    const best = megabytes / Math.min(...times.map(({ wall }) => wall));
    const byCpu = megabytes / Math.min(...times.map(({ cpu }) => cpu));
    const rows = times[0]!.value.size;
    const note = `${rows} rows of 10 columns, ${Math.round(megabytes)} MB, best of 3; ${Math.round(byCpu)} MB per processor second`;
    return judge(Math.round(best), "at least", 80, note);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function dataStream(): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), "hiplot-data-"));
  const file = join(folder, "runs.parquet");
  await generateRuns({ file });
  const experiment = await readParquet(file);
  const server = await serveHiplot({ experiment });
  try {
    const times = [];
    for (let time = 0; time < 3; time++) {
      times.push(
        await timed(async () => {
          const headers = { accept: columnsType };
          const response = await fetch(`${server.url}data?uri=`, { headers });
          return (await response.arrayBuffer()).byteLength;
        }),
      );
    }
    const best = Math.min(...times.map(({ wall }) => wall));
    const cpu = Math.min(...times.map((each) => each.cpu));
    const megabytes = Math.round(times[0]!.value / 1e6);
    const note = `${experiment.size} rows of 10 columns with ids and lineage, ${megabytes} MB, best of 3; ${cpu.toFixed(2)} processor seconds of server and client`;
    return judge(Number(best.toFixed(2)), "at most", 2, note);
  } finally {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function trackerSpeed(): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), "hiplot-track-"));
  try {
    const run = track({ experiment: "speed", dataDir: folder });
    const names = Array.from({ length: 10 }, (_, i) => `metric ${i}`);
    const logged = await timed(async () => {
      for (let epoch = 0; epoch < 100_000; epoch++) {
        run.log({ epoch, ...Object.fromEntries(names.map((name, i) => [name, epoch / (i + 1)])) });
      }
      run.finish();
    });
    const read = await timed(async () =>
      runsExperiment([readRun(folder, "speed", run.id)]).frame(),
    );
    const perSecond = 1e6 / logged.wall;
    const note = [
      "1 000 000 points in a journal that is forced to the disk",
      `${Math.round(1e6 / logged.cpu)} per processor second`,
      `read back as ${read.value.rows} rows in ${read.wall.toFixed(2)} s (at most 1.5), ${read.cpu.toFixed(2)} of the processor`,
    ].join("; ");
    const ok = perSecond >= 50_000 && read.wall <= 1.5;
    return { figure: Math.round(perSecond), ok, note };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Run by `npm run accept -- hiplot`. */
export const criteria: Criterion[] = [
  {
    system,
    name: "same-answers",
    target:
      "100 % of types, offered types, distinct counts, optional flags, default colours, lane ticks and brushed rows as HiPlot gives them, for two files and 26 demos",
    run: sameAnswers,
  },
  {
    system,
    name: "tracker-on-real-data",
    target:
      "60 runs of 50 epochs on 7 637 foods in at most 6 min: best validation MAE at most 5.9 kcal, stored MAE recomputed to 1e-6, 3 000 datapoints in 60 chains, tracker at most 1 % of the training, 12 badges right",
    run: trackerOnRealData,
  },
  {
    system,
    name: "crash",
    target:
      "20 times kill -9: at most 1 000 ms of metrics lost, no torn row, resumed with the next epoch",
    run: crashes,
  },
  {
    system,
    name: "importance",
    target:
      "x1, x2 and c above eight decoys, in the order of scikit-learn's permutation importance",
    run: plantedImportance,
  },
  { system, name: "csv-speed", target: "CSV read at 80 MB/s or more", run: csvSpeed },
  {
    system,
    name: "data-stream",
    target: "1 000 000 rows of 10 columns over /data as bytes in at most 2 s",
    run: dataStream,
  },
  {
    system,
    name: "tracker-speed",
    target:
      "at least 50 000 points a second logged; 1 000 000 points read for the plot in at most 1.5 s",
    run: trackerSpeed,
  },
];
