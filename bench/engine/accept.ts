// The engine's promises as commands: `npm run accept -- engine [criterion …]`.

import { execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Criterion, judge, notRun, type Outcome } from "../../src/lab/criteria.ts";
import { callOverheadMs, importMs, residentGrowth, traceMs } from "./costs.ts";
import { bench } from "./index.ts";
import type { EngineRow } from "./rows.ts";

const system = "engine";
const root = fileURLToPath(new URL("../../", import.meta.url));
const run = promisify(execFile);

const training = ["mlp", "cnn", "resnet", "gpt-small", "gpt-medium", "gru"];

/** Rows of the benchmark against one peer. */
async function rowsAgainst(peer: string, workloads: readonly string[]): Promise<EngineRow[]> {
  const rows: EngineRow[] = [];
  const args = ["--peer", peer, "--workload", workloads.join(), "--budget", "60"];
  for await (const row of bench.run(args)) rows.push(row as unknown as EngineRow);
  return rows;
}

function showRows(rows: readonly EngineRow[]): string {
  return rows
    .map(({ workload, ours_ms, peer_ms, ratio, note }) => {
      const number = (v: EngineRow["ratio"]) => (typeof v === "number" ? v.toPrecision(3) : v);
      const why = note ? ` (${note})` : "";
      return `${workload} ${number(ours_ms)} ms to ${number(peer_ms)} ms, ratio ${number(ratio)}${why}`;
    })
    .join("; ");
}

function ratiosOf(rows: readonly EngineRow[]): number[] {
  return rows.flatMap(({ ratio }) => (typeof ratio === "number" ? [ratio] : []));
}

/** All ratios at most `bound`, over what the peer can run. */
async function atMost(peer: string, bound: number): Promise<Outcome> {
  const rows = await rowsAgainst(peer, [...training, "encoder"]);
  const ratios = ratiosOf(rows);
  if (ratios.length === 0) return notRun(showRows(rows));
  return judge(Math.max(...ratios), "at most", bound, showRows(rows));
}

async function againstCuda(): Promise<Outcome> {
  const rows: EngineRow[] = [];
  for await (const row of bench.run(["--gpu", "--workload", "gpt-small,gpt-medium"]))
    rows.push(row as unknown as EngineRow);
  const small = rows.find((row) => row.workload === "gpt-small")?.ratio;
  return typeof small === "number"
    ? judge(small, "at most", 1.5, showRows(rows))
    : notRun(showRows(rows));
}

async function againstTorch(): Promise<Outcome> {
  const rows = await rowsAgainst("torch-eager", training);
  const ratios = ratiosOf(rows);
  if (ratios.length < training.length) return notRun(showRows(rows));
  const asFast = ratios.filter((r) => r <= 1).length;
  const ok = asFast >= 4 && Math.max(...ratios) <= 1.2;
  return {
    figure: `${asFast} of 6 at most 1.0, largest ${Math.max(...ratios).toFixed(2)}`,
    ok,
    note: showRows(rows),
  };
}

interface TestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
}

/** Runs tests; the figure is how many passed. Skipped ones mean that something they need is missing. */
async function tests(...paths: string[]): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), "deepdive-accept-"));
  const report = join(folder, "report.json");
  try {
    const args = [
      join(root, "scripts/test.ts"),
      ...paths,
      "--reporter=json",
      `--outputFile=${report}`,
    ];
    await run(process.execPath, args, { cwd: root, maxBuffer: 1 << 26 }).catch(() => {});
    const counts = JSON.parse(await readFile(report, "utf8")) as TestReport;
    const { numPassedTests: passed, numFailedTests: failed, numPendingTests: skipped } = counts;
    if (passed === 0 && failed === 0) return notRun(`all ${skipped} tests were skipped`);
    const figure = `${passed} of ${passed + failed} passed`;
    return { figure, ok: failed === 0, note: skipped > 0 ? `${skipped} skipped` : "" };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function mnist(): Promise<Outcome> {
  const { stdout } = await run(
    process.execPath,
    [join(root, "recipes/run.ts"), "mnist", "--json"],
    {
      cwd: root,
      maxBuffer: 1 << 26,
    },
  );
  const figures = JSON.parse(stdout.trim().split("\n").at(-1) as string) as { accuracy: number };
  return judge(figures.accuracy, "at least", 0.99, JSON.stringify(figures));
}

/** Seconds from a bare clone to the page's address, with what the job itself says of its training. */
async function bareCloneToPage(): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), "deepdive-clone-"));
  const clone = join(folder, "deepdive");
  try {
    await run("git", ["clone", "--quiet", root, clone]);
    const started = performance.now();
    const child = spawn("npm", ["start"], {
      cwd: clone,
      env: { ...process.env, CI: "true" },
      detached: true,
    });
    let output = "";
    const seconds = await new Promise<number>((resolve, reject) => {
      const take = (chunk: Buffer): void => {
        output += chunk;
        if (/http:\/\/(127\.0\.0\.1|localhost):\d+/.test(output))
          resolve((performance.now() - started) / 1000);
      };
      child.stdout.on("data", take);
      child.stderr.on("data", take);
      child.on("exit", (code) =>
        reject(new Error(`npm start ended with ${code}: ${output.slice(-500)}`)),
      );
    });
    child.removeAllListeners("exit");
    if (child.pid) process.kill(-child.pid, "SIGINT");
    await new Promise((resolve) => child.once("exit", resolve));
    return judge(
      Math.round(seconds),
      "at most",
      300,
      `on ${availableParallelism()} cores, installation included`,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The engine's criteria; those of the mails stand beside the text classifier. */
export const criteria: readonly Criterion[] = [
  {
    system,
    name: "torch-speed",
    target:
      "step time at most 1.0 of PyTorch eager's on four of six workloads, at most 1.2 on all, same threads",
    run: againstTorch,
  },
  {
    system,
    name: "tfjs-speed",
    target: "at most 0.2 of tfjs-wasm's step time",
    run: () => atMost("tfjs", 0.2),
  },
  {
    system,
    name: "jax-js-speed",
    target:
      "at most 0.1 of jax-js-wasm's step time, jax-js as it is installed (one thread in Node)",
    run: () => atMost("jax-js", 0.1),
  },
  {
    system,
    name: "jax-js-threads-speed",
    target: "at most 0.1 of jax-js-wasm's step time, jax-js given as many threads as ours",
    run: () => atMost("jax-js-threads", 0.1),
  },
  {
    system,
    name: "ops",
    target:
      "every op: gradient within 1e-6 of numerical differentiation in float64, onnx within 1e-5 of js",
    run: () => tests("src/engine/testing"),
  },
  {
    system,
    name: "torch-losses",
    target: "50 steps of a GPT and a CNN within 1e-3 of PyTorch's recorded losses",
    run: () => tests("bench/engine/torch-losses.test.ts"),
  },
  { system, name: "mnist", target: "at least 99.0% test accuracy within 3 epochs", run: mnist },
  {
    system,
    name: "start-time",
    target: "npm start from a bare clone to the page in at most 300 s",
    run: bareCloneToPage,
  },
  {
    system,
    name: "trace-time",
    target: "tracing, lowering and session of gpt-small at most 1,000 ms",
    run: async () => judge(Math.round(await traceMs()), "at most", 1000),
  },
  {
    system,
    name: "call-overhead",
    target: "a compiled call adds at most 0.3 ms to session.run",
    run: async () =>
      judge(await callOverheadMs(), "at most", 0.3, "50 parameters in, 51 tensors out"),
  },
  {
    system,
    name: "import-time",
    target: "importing deepdive (built) at most 150 ms",
    run: async () => judge(Math.round(await importMs()), "at most", 150),
  },
  {
    system,
    name: "memory",
    target: "2,000 training steps grow the resident set by at most 5%",
    run: async () =>
      judge(
        await residentGrowth(),
        "at most",
        0.05,
        "resident set after 2,000 steps to that after 200",
      ),
  },
  {
    system,
    name: "browser",
    target: "a page in Chromium trains the mlp on 2,000 MNIST images to 90%",
    run: () => tests("examples/browser-mnist"),
  },
  {
    system,
    name: "webgpu-software",
    target: "the op suite and training steps on a software adapter, no node on the CPU",
    run: () => tests("webgpu"),
  },
  {
    system,
    name: "webgpu-gpu",
    target: "gpt-small on WebGPU at most 1.5 of PyTorch CUDA eager's step time",
    run: againstCuda,
  },
];
