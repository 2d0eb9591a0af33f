// Search spaces: what a field may be, on a grid, at random, and as a place between 0 and 1.

/** Values that a field of a trial can have. */
export type SweepValue = string | number | boolean;

/** What one field may be. Numbers lie between `min` and `max`, both included. */
export type Dimension =
  | { readonly kind: "choice"; readonly values: readonly SweepValue[] }
  | {
      readonly kind: "range";
      readonly min: number;
      readonly max: number;
      /** `log`: even in the logarithm. */
      readonly scale: "linear" | "log";
      /** Values are multiples of this, e.g. 1 for whole numbers. */
      readonly step?: number;
    };

/** Field by field what a trial may be. */
export type SearchSpace = Readonly<Record<string, Dimension>>;

/** The fields of one trial. */
export type Assignment = Readonly<Record<string, SweepValue>>;

const call = /^([a-z_]+)\(([^()]*)\)$/;
const usage =
  'use "log(1e-4,1e-2)", "uniform(0,1)", "int(1,8)", "logint(8,512)" or values as "a,b,c"';

/**
 * Reads a dimension as a command line says it: `log(1e-4,1e-2)`, `uniform(0,1)`, `uniform(0,1,0.25)`
 * (multiples of 0.25), `int(1,8)`, `logint(8,512)`, or the values themselves, `32,64,128`.
 */
export function parseDimension(field: string, text: string): Dimension {
  const found = call.exec(text.trim());
  if (!found) {
    const words = text.split(",").map((word) => word.trim());
    if (words.some((word) => word === ""))
      throw new Error(`${field}: ${JSON.stringify(text)}: ${usage}`);
    return choice(field, words.map(toValue));
  }
  const [, name, inner] = found as unknown as [string, string, string];
  const numbers = inner.split(",").map((word) => (word.trim() === "" ? Number.NaN : Number(word)));
  const [min, max, step] = numbers;
  if (numbers.length < 2 || numbers.length > 3 || numbers.some(Number.isNaN)) {
    throw new Error(`${field}: ${JSON.stringify(text)}: ${usage}`);
  }
  switch (name) {
    case "uniform":
      return range(field, { min, max, scale: "linear", step });
    case "log":
      return range(field, { min, max, scale: "log", step });
    case "int":
      return range(field, { min, max, scale: "linear", step: step ?? 1 });
    case "logint":
      return range(field, { min, max, scale: "log", step: step ?? 1 });
    default:
      throw new Error(`${field}: ${name}( ) is no kind of range; ${usage}`);
  }
}

function toValue(word: string): SweepValue {
  if (word === "true" || word === "false") return word === "true";
  const number = Number(word);
  return word !== "" && Number.isFinite(number) ? number : word;
}

/** A dimension of listed values. */
export function choice(field: string, values: readonly SweepValue[]): Dimension {
  if (values.length === 0) throw new Error(`${field}: there are no values to choose from`);
  return { kind: "choice", values };
}

/** A checked range. */
export function range(
  field: string,
  { min, max, scale, step }: Omit<Extract<Dimension, { kind: "range" }>, "kind">,
): Dimension {
  if (!(min < max)) throw new Error(`${field}: ${min} must be below ${max}`);
  if (scale === "log" && min <= 0) {
    throw new Error(`${field}: a logarithmic range begins above 0, got ${min}`);
  }
  if (step !== undefined && !(step > 0))
    throw new Error(`${field}: step must be above 0, got ${step}`);
  return { kind: "range", min, max, scale, ...(step === undefined ? {} : { step }) };
}

/** The value at a place from 0 to 1; of listed values each has an equal part. */
export function valueAt(dimension: Dimension, place: number): SweepValue {
  if (dimension.kind === "choice") {
    const { values } = dimension;
    return values[Math.min(values.length - 1, Math.floor(place * values.length))] as SweepValue;
  }
  const { min, max, scale, step } = dimension;
  const value =
    scale === "log"
      ? Math.exp(Math.log(min) + place * Math.log(max / min))
      : min + place * (max - min);
  if (step === undefined) return Math.min(max, Math.max(min, value));
  // Multiples are counted from the next one at or above the lower end.
  const first = Math.ceil(min / step - 1e-9);
  const last = Math.floor(max / step + 1e-9);
  const multiple = Math.min(last, Math.max(first, Math.round(value / step)));
  return Number((multiple * step).toPrecision(12));
}

/** The place of a value, the other way round; of listed values the middle of its part. */
export function placeOf(dimension: Dimension, value: SweepValue): number {
  if (dimension.kind === "choice") {
    return (dimension.values.indexOf(value) + 0.5) / dimension.values.length;
  }
  const { min, max, scale } = dimension;
  const number = Number(value);
  return scale === "log"
    ? Math.log(number / min) / Math.log(max / min)
    : (number - min) / (max - min);
}

/** The values of a dimension on a grid: all that are listed, or `points` at even distances. */
export function gridValues(dimension: Dimension, points: number): SweepValue[] {
  if (dimension.kind === "choice") return [...dimension.values];
  const places = Array.from({ length: points }, (_, i) => (points === 1 ? 0.5 : i / (points - 1)));
  return [...new Set(places.map((place) => valueAt(dimension, place)))];
}

/** All combinations, the last field changing fastest. */
export function grid(space: SearchSpace, points: number): Assignment[] {
  return Object.entries(space).reduce<Assignment[]>(
    (done, [field, dimension]) =>
      done.flatMap((trial) =>
        gridValues(dimension, points).map((value) => ({ ...trial, [field]: value })),
      ),
    [{}],
  );
}

/** A trial at random. */
export function sample(space: SearchSpace, random: () => number): Assignment {
  return Object.fromEntries(
    Object.entries(space).map(([field, dimension]) => [field, valueAt(dimension, random())]),
  );
}
