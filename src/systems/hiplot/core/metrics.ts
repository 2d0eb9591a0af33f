// What columns of figures mean by their names: which way is better, and which two are one measure in training and validation.

/** A measure that is known for the rows trained on and for held-out ones. */
export interface MeasurePair {
  readonly measure: string;
  readonly train: string;
  readonly valid: string;
}

const better =
  /(^|[^a-z0-9])(acc|accuracy|f1|auc|auroc|auprc|r2|precision|recall|bleu|rouge|score|reward|map|ndcg|iou|dice|psnr|ssim)([^a-z0-9]|$)/i;

/** Whether a greater value of the column is better, as far as its name tells. */
export function higherIsBetter(name: string): boolean {
  return better.test(name);
}

const trained = /^(?:train|training|trn|tr)[/_ .:-](.+)$/i;
const held = ["valid", "val", "validation", "dev", "eval", "test", "vld"];
/** The first of these that is there is judged. */
const usual = [
  "loss",
  "mae",
  "mse",
  "rmse",
  "ppl",
  "perplexity",
  "nll",
  "error",
  "accuracy",
  "acc",
  "f1",
  "r2",
];

/** Measures with a column for training and one for validation, the one to judge by first. */
export function measurePairs(names: readonly string[]): MeasurePair[] {
  const byKey = new Map(names.map((name) => [keyOf(name), name]));
  const pairs: MeasurePair[] = [];
  for (const name of names) {
    // Keras logs `loss` beside `val_loss`.
    const measure = trained.exec(name)?.[1] ?? name;
    const valid = held.map((part) => byKey.get(`${part} ${keyOf(measure)}`)).find((found) => found);
    if (valid === undefined || valid === name) continue;
    if (pairs.some((pair) => pair.valid === valid)) continue;
    pairs.push({ measure, train: name, valid });
  }
  const place = ({ measure }: MeasurePair) => {
    const at = usual.indexOf(measure.toLowerCase());
    return at < 0 ? usual.length : at;
  };
  return pairs.sort((a, b) => place(a) - place(b));
}

function keyOf(name: string): string {
  return name.toLowerCase().replaceAll(/[/_ .:-]+/g, " ");
}

const measured =
  /(^|[^a-z0-9])(train|training|valid|validation|val|test|eval|loss|losses|mae|mse|rmse|nll|ppl|perplexity|error|err|seconds|time|duration|result|objective|value)([^a-z0-9]|$)/i;

/** Whether a column is an outcome rather than a setting, as far as its name tells. */
export function isMeasure(name: string): boolean {
  return measured.test(name) || higherIsBetter(name);
}
