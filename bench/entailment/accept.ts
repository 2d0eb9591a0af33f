// The speed that the zero-shot system promises of entailment.
import { availableParallelism } from "node:os";
import { type Criterion, notRun, type Outcome } from "../../src/lab/criteria.ts";
import { bench } from "./index.ts";

async function speed(): Promise<Outcome> {
  const speedups: number[] = [];
  const notes: string[] = [];
  for await (const row of bench.run([])) {
    if (typeof row.speedup !== "number") return notRun(String(row.note));
    speedups.push(row.speedup);
    notes.push(`${row.peer}: ${row.peer_seconds} s to ${row.ours_seconds} s`);
  }
  const [usual, best] = [speedups[0]!, Math.min(...speedups)];
  return {
    figure: `${usual} x the default, ${best} x the best batch size`,
    ok: usual >= 2 && best >= 1.2,
    note: `${notes.join("; ")}; ${availableParallelism()} threads, least of 3 rounds`,
  };
}

/** Run by `npm run accept -- zero-shot`. */
export const criteria: readonly Criterion[] = [
  {
    system: "zero-shot",
    name: "entailment-speed",
    target:
      "a BERT-base-size pair model at least 2 x as fast as the Hugging Face pipeline, 1.2 x at its best batch size",
    run: speed,
  },
];
