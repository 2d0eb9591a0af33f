// The labelling queue: the most doubtful text first, one key per label, and every step can be taken back.

/** A text to be labelled. */
export interface Item {
  readonly id: string;
  readonly text: string;
  /** What a model thinks, and how sure it is (0 to 1). */
  readonly guess?: string;
  readonly confidence?: number;
  /** Labels that a model gives it, the best first. */
  readonly likely?: readonly string[];
  /** Ids of texts that are like it, the nearest first. */
  readonly similar?: readonly string[];
}

/** What a person decided. */
export interface Review {
  readonly id: string;
  readonly text: string;
  readonly label: string;
  /** Id of the text whose decision this one was taken along with. */
  readonly along?: string;
}

/** The queue's state; each step makes a new one. */
export interface Queue {
  readonly items: readonly Item[];
  readonly labels: readonly string[];
  /** In the order in which they were made. */
  readonly reviews: readonly Review[];
  /** Ids put aside. */
  readonly skipped: readonly string[];
}

const names = {
  text: /^(text|mail|message|body|review|comment|sentence|title|content|description)$/i,
  guess: /^(label|predicted|prediction|guess|class)$/i,
  confidence: /^(confidence|probability|score|sure|margin)$/i,
  id: /^(id|uid|index|row)$/i,
};

/**
 * Finds text, guess and confidence among the columns of a table.
 *
 * @throws Error where no column holds texts
 */
export function makeQueue(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  labels: readonly string[] = [],
): Queue {
  const find = (pattern: RegExp) => columns.findIndex((name) => pattern.test(name.trim()));
  const text = find(names.text) >= 0 ? find(names.text) : longestColumn(columns, rows);
  if (text < 0) throw new Error("expected a column with texts, found none");
  const [guess, confidence, id] = [find(names.guess), find(names.confidence), find(names.id)];
  const items = rows.map((row, place): Item => {
    const sure = confidence >= 0 ? Number(row[confidence]) : Number.NaN;
    return {
      id: id >= 0 ? row[id] : String(place),
      text: row[text],
      ...(guess >= 0 && guess !== text ? { guess: row[guess] } : {}),
      ...(Number.isFinite(sure) ? { confidence: sure } : {}),
    };
  });
  const guessed = items.flatMap((item) => (item.guess ? [item.guess] : []));
  return {
    items: items.filter((item) => item.text.trim() !== "").sort(byDoubt),
    labels: labels.length > 0 ? labels : [...new Set(guessed)].sort().slice(0, 9),
    reviews: [],
    skipped: [],
  };
}

function byDoubt(a: Item, b: Item): number {
  return (a.confidence ?? 0) - (b.confidence ?? 0);
}

function longestColumn(columns: readonly string[], rows: readonly (readonly string[])[]): number {
  const lengths = columns.map((_, place) =>
    rows.slice(0, 50).reduce((sum, row) => sum + (row[place]?.length ?? 0), 0),
  );
  const longest = Math.max(...lengths);
  return longest > 12 * Math.min(50, rows.length) ? lengths.indexOf(longest) : -1;
}

/** The text whose turn it is; skipped ones come again at the end. */
export function current({ items, reviews, skipped }: Queue): Item | undefined {
  const done = new Set(reviews.map(({ id }) => id));
  const open = items.filter(({ id }) => !done.has(id));
  const later = new Set(skipped);
  return open.find(({ id }) => !later.has(id)) ?? open[0];
}

/** Texts like the one at hand that are open still. */
export function openSimilar({ items, reviews }: Queue, item: Item): Item[] {
  const done = new Set(reviews.map(({ id }) => id));
  const byId = new Map(items.map((other) => [other.id, other]));
  return (item.similar ?? []).flatMap((id) => {
    const other = byId.get(id);
    return other && !done.has(id) ? [other] : [];
  });
}

/** The labels that number keys give: all where they are few, else the likeliest for the text at hand. */
export function keyLabels(queue: Queue, item: Item | undefined): readonly string[] {
  const { labels, reviews, items } = queue;
  if (labels.length <= keys) return labels;
  const alike = new Set(item?.similar);
  const recent = reviews.map(({ label }) => label).reverse();
  const likely = [
    ...(item?.guess === undefined ? [] : [item.guess]),
    ...(item?.likely ?? []),
    // What texts like it are taken for, and what was said of late.
    ...items.flatMap(({ id, guess }) => (alike.has(id) && guess !== undefined ? [guess] : [])),
    ...recent,
  ];
  return [...new Set([...likely, ...labels])].slice(0, keys);
}

const keys = 9;

/** How many decisions keep the model's guess, of those on texts that had one. */
export function agreement({ items, reviews }: Queue): {
  readonly agreed: number;
  readonly judged: number;
} {
  const guesses = new Map(items.map(({ id, guess }) => [id, guess]));
  const judged = reviews.filter(({ id }) => guesses.get(id) !== undefined);
  return {
    judged: judged.length,
    agreed: judged.filter(({ id, label }) => guesses.get(id) === label).length,
  };
}

/** Gives the text at hand a label, and with it those that it takes along (by id). */
export function decide(queue: Queue, label: string, along: readonly string[] = []): Queue {
  const item = current(queue);
  if (!item) return queue;
  const others = openSimilar(queue, { ...item, similar: along });
  const reviews = [
    { id: item.id, text: item.text, label },
    ...others.map(({ id, text }) => ({ id, text, label, along: item.id })),
  ];
  const labels = queue.labels.includes(label) ? queue.labels : [...queue.labels, label];
  return { ...queue, labels, reviews: [...queue.reviews, ...reviews] };
}

/** Puts the text at hand aside. */
export function skip(queue: Queue): Queue {
  const item = current(queue);
  if (!item) return queue;
  return { ...queue, skipped: [...queue.skipped.filter((id) => id !== item.id), item.id] };
}

/** Takes the last decision back, with all that it took along. */
export function undo(queue: Queue): Queue {
  const last = queue.reviews.at(-1);
  if (!last) return queue;
  const leader = last.along ?? last.id;
  const reviews = queue.reviews.filter(({ id, along }) => id !== leader && along !== leader);
  return { ...queue, reviews };
}
