// What the workbench promises: quick under load, whole after kill -9, safe, and open to new labs.
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { readCorpus } from "../data/text-corpus.ts";
import {
  type Criterion,
  judge,
  LabRegistry,
  notRun,
  type Outcome,
  openStore,
} from "../lab/index.ts";
import { startServer } from "./start.ts";
import { ensureStudioBundle } from "./studio-bundle.ts";
import { load, quantile } from "./testing/load.ts";
import { launch, measurePage, type PageSpeed } from "./testing/page-speed.ts";
import { ServerProcess } from "./testing/server-process.ts";
import { survive } from "./testing/survival.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

async function underLoad(): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), "deepdive-load-"));
  const server = await ServerProcess.start(folder);
  try {
    const id = await server.startRun("text-classifier", { data: "spam-assassin" });
    const training = await server.until(id, ({ progress }) => progress?.phase === "train");
    const { failures, metadata, before, after } = await load(server, id);
    const still = await server.run(id);
    await server.json(`/api/runs/${id}/stop`, {});
    const p99 = quantile(metadata, 0.99);
    const level = Number.isNaN(after) || after <= before * 1.15 + 10;
    return {
      figure: Math.round(p99 * 10) / 10,
      ok: failures.length === 0 && p99 < 100 && level && still.status === "running",
      note:
        `ms; median ${quantile(metadata, 0.5).toFixed(1)}, ${failures.length} failures, run ` +
        `${training.status} before and ${still.status} after, memory ${before.toFixed(0)} -> ` +
        `${after.toFixed(0)} MiB${failures[0] ? `, first failure ${failures[0]}` : ""}`,
    };
  } finally {
    await server.kill();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The script's browser; it lies outside of `src/`, which the package does not need. */
async function findBrowser(): Promise<string | undefined> {
  const finder = pathToFileURL(join(root, "scripts", "chromium.ts")).href;
  return ((await import(finder)) as { findChromium(): string | undefined }).findChromium();
}

/** The home page of a store with runs, opened five times with nothing cached. */
async function homePage(): Promise<Outcome> {
  const executablePath = await findBrowser();
  if (!executablePath) return notRun("no Chromium was found; install one or set $CHROMIUM");
  const folder = await mkdtemp(join(tmpdir(), "deepdive-page-"));
  const [store, studio] = await Promise.all([openStore(folder), ensureStudioBundle()]);
  for (let number = 0; number < 50; number++) {
    const run = await store.createRun({ lab: "text-classifier", name: `mails ${number}` });
    for (let step = 1; step <= 100; step++) run.metrics(step, { "train/loss": 1 / step });
    await run.finish({ accuracy: 0.98 });
  }
  const server = await startServer({ store, studio, registry: new LabRegistry(), port: 0 });
  const browser = await launch(executablePath);
  try {
    const found: PageSpeed[] = [];
    for (let round = 0; round < 5; round++) found.push(await measurePage(browser, server.url));
    const middle = (values: number[]) =>
      quantile(
        values.toSorted((a, b) => a - b),
        0.5,
      );
    const paint = middle(found.map(({ paintMs }) => paintMs));
    const ready = middle(found.map(({ interactiveMs }) => interactiveMs));
    const kilobytes = Math.max(...found.map(({ scriptBytes }) => scriptBytes)) / 1_000;
    return {
      figure: Math.round(ready),
      ok: paint < 1_000 && ready < 2_000 && kilobytes < 500,
      note:
        `ms until it can be used, median of ${found.length}; first content after ` +
        `${paint.toFixed(0)} ms, ${kilobytes.toFixed(0)} kB of JavaScript gzipped`,
    };
  } finally {
    await browser.close();
    await server.close();
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const manyRuns = 10_000;

/** Runs as they are listed: from the store's rows to records, and the journals of tracked ones. */
async function listed(): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), "deepdive-listed-"));
  const store = await openStore(folder);
  try {
    await store.database.query(
      `insert into runs (id, lab, name, status, config, environment, summary, created, started, ended)
       select lpad(to_hex(n), 10, '0'), 'track', 'run ' || n, 'done',
         json_build_object('experiment', 'sweep', 'lr', n * 1e-5, 'layers', n % 7),
         '{"node": "v24"}', json_build_object('accuracy', 1.0 / n),
         now() - n * interval '1 s', now(), now() from generate_series(1, ${manyRuns}) as n`,
    );
    const times: number[] = [];
    for (let round = 0; round < 11; round++) {
      const start = performance.now();
      const { length } = await store.runs({ limit: manyRuns });
      times.push(performance.now() - start);
      if (length !== manyRuns) throw new Error(`${length} runs were listed`);
    }
    const sorted = times.toSorted((a, b) => a - b);
    const note = `ms, median of ${times.length}; ${sorted[0].toFixed(0)} to ${sorted.at(-1)?.toFixed(0)}`;
    return judge(Math.round(quantile(sorted, 0.5)), "at most", 100, note);
  } finally {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Enough for some hundred steps with a checkpoint every 50. */
const mails = 1_000;
const epochs = 16;

/** Real mails as a table, every sixth of the corpus. */
async function writeMails(path: string): Promise<void> {
  const { texts, labels, classes } = await readCorpus("spam-assassin");
  const every = Math.floor(texts.length / mails);
  const rows = Array.from({ length: mails }, (_, index) => index * every).map((row) =>
    JSON.stringify({ text: texts[row], label: classes[labels[row] ?? 0] }),
  );
  await writeFile(path, `${rows.join("\n")}\n`);
}

async function killed(): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), "deepdive-mails-"));
  const data = join(folder, "mails.jsonl");
  await writeMails(data);
  const found = await survive({
    lab: "text-classifier",
    input: { textColumn: "text", labelColumn: "label", epochs },
    files: { data },
    kills: 10,
    seed: 7,
    longestMs: 1_500,
  });
  await rm(folder, { recursive: true });
  const finalLoss = (curves: typeof found.curves.broken) =>
    curves.find(({ name }) => name === "train/loss")?.values.at(-1);
  const [unbroken, broken] = [finalLoss(found.curves.unbroken), finalLoss(found.curves.broken)];
  const ok =
    found.kills === 10 &&
    found.lost.length === 0 &&
    found.broken.status === "done" &&
    unbroken !== undefined &&
    unbroken === broken;
  const accuracy = ({ summary }: { summary: unknown }) =>
    (summary as { accuracy?: number })?.accuracy;
  return {
    figure: found.lost.length,
    ok,
    note:
      `lost of what a server had shown; ${found.kills} kills, attempt ${found.broken.attempt}, ` +
      `final loss ${unbroken} unbroken and ${broken} broken, accuracy ` +
      `${accuracy(found.unbroken)} and ${accuracy(found.broken)}` +
      (found.lost[0] ? `; first lost: ${found.lost[0]}` : ""),
  };
}

/** Runs test files and counts. */
function tested(...files: string[]): () => Promise<Outcome> {
  return async () => {
    const folder = await mkdtemp(join(tmpdir(), "deepdive-tested-"));
    const report = join(folder, "report.json");
    const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
    const args = [vitest, "run", ...files, "--reporter=json", `--outputFile=${report}`];
    const child = spawn(process.execPath, args, { cwd: root, stdio: "ignore" });
    await new Promise((resolve) => child.on("close", resolve));
    const { numTotalTests, numPassedTests, testResults } = JSON.parse(
      await readFile(report, "utf8"),
    ) as {
      numTotalTests: number;
      numPassedTests: number;
      testResults: { assertionResults: { status: string; fullName: string }[] }[];
    };
    await rm(folder, { recursive: true });
    const failed = testResults
      .flatMap(({ assertionResults }) => assertionResults)
      .filter(({ status }) => status !== "passed")
      .map(({ fullName }) => fullName);
    return {
      figure: `${numPassedTests} of ${numTotalTests} tests`,
      ok: numTotalTests > 0 && failed.length === 0,
      note: failed.length > 0 ? `not passed: ${failed.join("; ")}` : files.join(", "),
    };
  };
}

/** Run by `npm run accept -- workbench`. */
export const criteria: Criterion[] = [
  {
    system: "workbench",
    name: "page",
    target:
      "home page in Chromium: first content under 1 s, usable under 2 s, under 500 kB of JavaScript gzipped",
    run: homePage,
  },
  {
    system: "workbench",
    name: "load",
    target:
      "50 clients, 2,000 mixed requests while a run trains: no failure, p99 of metadata routes under 100 ms, memory level",
    run: underLoad,
  },
  {
    system: "workbench",
    name: "listed",
    target: "10,000 runs listed in at most 100 ms",
    run: listed,
  },
  {
    system: "workbench",
    name: "power-cut",
    target:
      "what the store said is done is there after a loss of power, strict and with pieces by chance",
    run: tested("src/lab/power-cut.test.ts"),
  },
  {
    system: "workbench",
    name: "kill",
    target:
      "kill -9 of the server at ten random moments of a training: nothing lost, same final loss as unbroken",
    run: killed,
  },
  {
    system: "workbench",
    name: "two-workers",
    target: "PostgreSQL: a run whose worker is killed ends with the other, no step twice",
    run: tested("src/lab/shared-store.test.ts"),
  },
  {
    system: "workbench",
    name: "security",
    target: "each item of the security list refused or neutralised",
    run: tested(
      "src/server/security.test.ts",
      "src/server/labs.test.ts",
      "src/server/server.test.ts",
    ),
  },
  {
    system: "workbench",
    name: "commands",
    target: "every command: --help with an example, --json, exit codes, completion",
    run: tested("src/cli/commands.test.ts", "src/cli/cli.test.ts", "src/cli/runs.test.ts"),
  },
  {
    system: "workbench",
    name: "new-lab",
    target:
      "a lab in a new folder has its command, route, OpenAPI entry and form, tried in Chromium",
    run: tested("src/cli/new-lab.test.ts", "src/studio/new-lab.page.test.ts"),
  },
  {
    system: "workbench",
    name: "studio",
    target:
      "Chromium: start a run, watch, stop, resume, brush, label ten texts; no serious fault found by axe; 390 to 1600 px",
    run: tested("src/studio/page.test.ts", "src/studio/workbench.page.test.ts"),
  },
];
