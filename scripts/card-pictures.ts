// `npm run pictures -- URL` calls this: the numbers behind the home page's cards, out of a real run of npm start.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CardPicture } from "../src/studio/labs/card-pictures.ts";
import { root } from "./entries.ts";

/** What is read of a run. */
export interface RunInfo {
  readonly id: string;
  readonly name: string;
  readonly lab: string;
  readonly project: string | null;
  readonly sweep: string | null;
  readonly status: string;
  readonly created: string;
  readonly config: unknown;
  readonly summary: { readonly accuracy?: number } | null;
}
interface Word {
  readonly name: string;
  readonly weight: number;
}

const points = 60;

/** Reads the steps of the newest project and writes `src/studio/labs/card-pictures.json`. */
export async function writeCardPictures(url: string, runs: readonly RunInfo[]): Promise<string> {
  const get = async <T>(path: string) => (await (await fetch(new URL(path, url))).json()) as T;
  const done = runs.filter(({ status, project }) => status === "done" && project !== null);
  const newest = (lab: string) => done.find((run) => run.lab === lab);
  const pictures: Record<string, CardPicture> = {};
  const from = ({ name, created }: RunInfo) => ({ run: name, date: created.slice(0, 10) });

  const trained = newest("text-classifier");
  if (trained) {
    type Series = { readonly name: string; readonly values: readonly number[] };
    const path = `/api/runs/${trained.id}/metrics?maxPoints=${points}&names=train/loss,valid/loss`;
    const { series } = await get<{ series: Series[] }>(path);
    const lines = series.map(({ values }) => values.map((value) => rounded(value)));
    const label = `${(100 * (trained.summary?.accuracy ?? 0)).toFixed(1)}%`;
    pictures["text-classifier"] = { ...from(trained), kind: "curves", lines, figure: label };
  }
  const labelled = done
    .filter(({ lab, summary }) => lab.startsWith("zero-shot") && summary?.accuracy !== undefined)
    .reverse();
  if (labelled[0]) {
    const bars = labelled.map(({ name, summary }) => ({
      label: name,
      value: rounded(summary?.accuracy ?? 0),
    }));
    pictures["zero-shot"] = { ...from(labelled[0]), kind: "bars", bars };
  }
  const explained = newest("lime-mistakes");
  if (explained) {
    const all = await get<{ words: Word[] }[]>(`/api/runs/${explained.id}/artifacts/explained`);
    const words = (all[0]?.words ?? []).toSorted((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
    const bars = words
      .slice(0, 4)
      .map(({ name, weight }) => ({ label: name.slice(0, 16), value: rounded(weight) }));
    if (bars.length > 0) pictures.lime = { ...from(explained), kind: "bars", bars };
  }
  const sweep = newest("sweep");
  if (sweep) {
    const trials = await get<Record<string, unknown>[]>(`/api/runs/${sweep.id}/artifacts/trials`);
    const columns = Object.keys(trials[0] ?? {}).filter((name) =>
      trials.every((trial) => typeof trial[name] === "number"),
    );
    // The axis that decides stands last.
    const order = [...columns.filter((name) => name !== "value"), "value"];
    const rows = trials.map((trial) => order.map((name) => rounded(trial[name] as number)));
    pictures.hiplot = { ...from(sweep), kind: "parallel", rows };
  }
  const file = join(root, "src", "studio", "labs", "card-pictures.json");
  await writeFile(file, `${JSON.stringify(pictures)}\n`);
  return file;
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
