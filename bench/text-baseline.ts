/** @file The mails' baseline by itself: `node bench/text-baseline.ts [seed ...]` prints one JSON line per seed. */
import { loadSpamAssassin } from "../src/data/datasets/spam-assassin.ts";
import { groupNearDuplicates } from "../src/data/near-duplicates.ts";
import { splitRows } from "../src/data/split.ts";
import { textBaseline } from "../src/train/text-baseline.ts";

const seeds = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [0];
const started = performance.now();
const { texts, labels, classes } = await loadSpamAssassin();
const groups = groupNearDuplicates(texts);
const readSeconds = (performance.now() - started) / 1000;
for (const seed of seeds) {
  const rows = splitRows(texts.length, { train: 0.8, test: 0.2 }, { seed, labels, groups });
  const part = (which: Int32Array) => ({
    texts: Array.from(which, (row) => texts[row]!),
    labels: Int32Array.from(which, (row) => labels[row]!),
    classes,
  });
  const { accuracy, f1, auroc, seconds, terms } = textBaseline(part(rows.train), part(rows.test));
  const sizes = { train: rows.train.length, test: rows.test.length, terms };
  console.log(JSON.stringify({ seed, accuracy, f1, auroc, seconds, readSeconds, ...sizes }));
}
