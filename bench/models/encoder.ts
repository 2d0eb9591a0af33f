// The sentence encoder beside its peers: the same numbers, and how fast.

import { cpus, loadavg } from "node:os";
import { loadSpamAssassin } from "../../src/data/index.ts";
import { type Criterion, judge, notRun, type Outcome } from "../../src/lab/criteria.ts";
import { loadEncoder } from "../../src/models/index.ts";
import type { Row } from "../types.ts";
import { openTfjs, openTorch } from "./encoder-peers.ts";

const system = "models";

async function subjects(): Promise<string[]> {
  const { mails } = await loadSpamAssassin();
  // The package of TensorFlow.js fails on empty texts.
  return mails.map(({ subject }) => subject).filter((subject) => subject.trim() !== "");
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

async function parity(): Promise<Outcome> {
  const all = [...new Set(await subjects())];
  const texts = Array.from({ length: 200 }, (_, i) => all[Math.floor((i * all.length) / 200)]!);
  const encoder = await loadEncoder("use-lite");
  const ours = await encoder.embed(texts);
  const theirs = await (await openTfjs()).embed(texts);
  let worst = 0;
  theirs.forEach((vector, i) => {
    const row = ours.row(i);
    vector.forEach((x, k) => {
      worst = Math.max(worst, Math.abs(x - row[k]!));
    });
  });
  return judge(worst, "at most", 1e-5, "largest difference of 200 x 512 numbers, mail subjects");
}

/** Other work on the machine takes cores from us, while the peer needs only one. */
function load(): string {
  return `${cpus().length} cores, load ${loadavg()[0]!.toFixed(1)}`;
}

const ROUNDS = 3;

async function speedOnSubjects(): Promise<Outcome> {
  // The corpus has 6,046 mails; going through it again would only repeat texts.
  const texts = await subjects();
  const encoder = await loadEncoder("use-lite");
  const tfjs = await openTfjs();
  await tfjs.embed(texts.slice(0, 64));
  await encoder.embed(texts.slice(0, 500));
  // By turns: a third of theirs, all of ours, so that a busy moment hits both.
  const piece = Math.ceil(texts.length / ROUNDS);
  const ours: number[] = [];
  let theirs = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const part = texts.slice(round * piece, (round + 1) * piece);
    theirs += await seconds(() => tfjs.embed(part));
    ours.push(await seconds(() => encoder.embed(texts)));
  }
  const own = ours.toSorted((x, y) => x - y)[1]!;
  const distinct = new Set(texts).size;
  const note =
    `${texts.length} subjects, ${distinct} of them distinct (equal ones are embedded once): ` +
    `${(texts.length / own).toFixed(0)} a second, TensorFlow.js by wasm in batches of 32 sorted by ` +
    `length ${(texts.length / theirs).toFixed(0)}; without repeats ` +
    `${((theirs * distinct) / texts.length / own).toFixed(1)} times; ${load()}`;
  return judge(theirs / own, "at least", 10, note);
}

async function speedBesideTorch(): Promise<Outcome> {
  const torch = await openTorch(2);
  if (torch === undefined) return notRun("neither $PYTHON nor python3 has torch");
  try {
    const encoder = await loadEncoder("use-lite");
    const texts = [...new Set(await subjects())].slice(0, 3000);
    const ids = texts.map((text) => [...encoder.tokenizer.encode(text).subarray(0, 128)]);
    await encoder.embed(texts.slice(0, 500));
    let ours = Number.POSITIVE_INFINITY;
    let theirs = Number.POSITIVE_INFINITY;
    for (let round = 0; round < ROUNDS; round++) {
      for (const batch of [32, 64, 128]) {
        theirs = Math.min(theirs, await torch.seconds(ids, batch));
      }
      ours = Math.min(ours, await seconds(() => encoder.embed(texts)));
    }
    const note =
      `${(texts.length / ours).toFixed(0)} subjects a second with tokenizing, PyTorch on 2 threads ` +
      `${(texts.length / theirs).toFixed(0)} without, best batch of 32, 64, 128; best of ${ROUNDS}; ${load()}`;
    return judge(theirs / ours, "at least", 1, note);
  } finally {
    torch.close();
  }
}

/** Texts a second of each side, for the benchmark: subjects without repeats. */
export async function* encoderRates(count: number): AsyncGenerator<Row> {
  const texts = [...new Set(await subjects())].slice(0, count);
  const row = (peer: string, time: number): Row => ({
    task: `embed ${texts.length} mail subjects`,
    peer,
    textsPerSecond: texts.length / time,
  });
  const encoder = await loadEncoder("use-lite");
  await encoder.embed(texts);
  yield row("deepdive", await seconds(() => encoder.embed(texts)));
  const tfjs = await openTfjs();
  await tfjs.embed(texts.slice(0, 64));
  yield row("tfjs-wasm", await seconds(() => tfjs.embed(texts)));
  const torch = await openTorch(2);
  if (torch === undefined) {
    yield { task: "embed mail subjects", peer: "torch", textsPerSecond: "not measured" };
    return;
  }
  try {
    const ids = texts.map((text) => [...encoder.tokenizer.encode(text).subarray(0, 128)]);
    await torch.seconds(ids.slice(0, 64), 64);
    yield row("torch, 2 threads", await torch.seconds(ids, 64));
  } finally {
    torch.close();
  }
}

export const encoderCriteria: readonly Criterion[] = [
  {
    system,
    name: "encoder-parity",
    target: "all numbers of 200 sentences within 1e-5 of TensorFlow.js",
    run: parity,
  },
  {
    system,
    name: "encoder-speed",
    target: "mail subjects at least 10 times as fast as tfjs-wasm",
    run: speedOnSubjects,
  },
  {
    system,
    name: "encoder-torch",
    target: "at least as fast as PyTorch on 2 threads",
    run: speedBesideTorch,
  },
];
