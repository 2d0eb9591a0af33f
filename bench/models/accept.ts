// What the models room promises as commands: `npm run accept -- models [criterion …]`.

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Criterion, judge, type Outcome } from "../../src/lab/criteria.ts";
import recorded from "../../src/models/fixtures/transformer.json" with { type: "json" };
import { importOnnx } from "../../src/models/index.ts";
import { fileKinds } from "../../src/models/testing/kinds.ts";
import { mutate, randomOf, survive } from "../../src/models/testing/mutations.ts";
import {
  adaptedTransformer,
  type Exporter,
  losses,
  transformerFile,
  worst,
} from "../../src/models/testing/transformer.ts";
import { encoderCriteria } from "./encoder.ts";
import { exportCriteria } from "./export.ts";
import { writeLargeModel } from "./large-model.ts";
import { pullCriteria } from "./pull.ts";
import { tfjsCriteria } from "./tfjs.ts";
import { unigramCriteria } from "./unigram.ts";

const system = "models";
const run = promisify(execFile);
const exporters: readonly Exporter[] = ["traced", "exported"];

async function fineTuning(): Promise<Outcome> {
  const found: Record<string, number> = {};
  for (const exporter of exporters) {
    const model = await importOnnx(transformerFile(exporter));
    found[`${exporter}, all weights`] = worst(await losses(model, 1e-3, 20), recorded.losses);
    const adapted = await adaptedTransformer(exporter);
    found[`${exporter}, adapters`] = worst(await losses(adapted, 1e-2, 20), recorded.loraLosses);
  }
  const note = Object.entries(found).map(([what, v]) => `${what}: ${v.toExponential(1)}`);
  return judge(Math.max(...Object.values(found)), "at most", 1e-3, note.join("; "));
}

/** Milliseconds and growth of memory of one import, in a process of its own. */
async function importLarge(): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), "deepdive-"));
  try {
    const path = join(folder, "large.onnx");
    const bytes = await writeLargeModel(path, 25);
    const script = fileURLToPath(new URL("import-large.ts", import.meta.url));
    const { stdout } = await run(process.execPath, ["--expose-gc", script, path]);
    const { ms, grown, peak } = JSON.parse(stdout) as Record<"ms" | "grown" | "peak", number>;
    const ratio = Math.max(grown, peak) / bytes;
    const note = `${(bytes / 1e6).toFixed(0)} MB, ${ratio.toFixed(2)} times its size in memory`;
    return { figure: `${ms.toFixed(0)} ms`, ok: ms < 1000 && ratio < 1.3, note };
  } finally {
    await rm(folder, { recursive: true });
  }
}

const MUTATIONS = 10_000;
const SEED = 20_000;

async function damagedFiles(): Promise<Outcome> {
  const fixture = new URL("../../src/models/fixtures/checkpoint.pt", import.meta.url);
  const kinds = await fileKinds(new Uint8Array(await readFile(fixture)));
  const notes: string[] = [];
  const before = process.memoryUsage().rss;
  let [survived, slowest] = [0, 0];
  for (const kind of kinds) {
    const random = randomOf(SEED);
    const counts = { read: 0, refused: 0, broken: 0 };
    for (let i = 0; i < MUTATIONS / kinds.length; i++) {
      const { outcome, ms, problem } = await survive(kind, mutate(kind.intact, random));
      counts[outcome]++;
      slowest = Math.max(slowest, ms);
      if (outcome === "broken")
        notes.push(`${kind.name}, mutation ${i}: ${problem?.split("\n")[0]}`);
      else survived++;
    }
    notes.push(`${kind.name}: ${counts.read} read, ${counts.refused} refused`);
  }
  const grownMb = (process.memoryUsage().rss - before) / 2 ** 20;
  notes.push(`slowest ${slowest.toFixed(0)} ms, memory grew by ${grownMb.toFixed(0)} MB`);
  const ok = survived === MUTATIONS && slowest < 2000 && grownMb < 1024;
  return { figure: `${survived} of ${MUTATIONS}`, ok, note: notes.join("; ") };
}

export const criteria: Criterion[] = [
  {
    system,
    name: "fine-tuning",
    target: "losses of an imported transformer within 1e-3 of PyTorch's over 20 steps",
    run: fineTuning,
  },
  {
    system,
    name: "import-large",
    target: "a 100 MB ONNX model in under 1 s and 1.3 times its size in memory",
    run: importLarge,
  },
  {
    system,
    name: "damaged-files",
    target: "10,000 mutated files: no crash, none over 2 s, memory bounded",
    run: damagedFiles,
  },
  ...exportCriteria,
  ...encoderCriteria,
  ...tfjsCriteria,
  ...unigramCriteria,
  ...pullCriteria,
];
