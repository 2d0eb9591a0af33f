// The labelling queue: the most doubtful text first, one key per label, and every step can be taken back.

/** A text to be labelled. */
export interface Item {
  readonly id: string;
  readonly text: string;
  /** What a model thinks, and how sure it is (0 to 1). */
  readonly guess?: string;
  readonly confidence?: number;
}

/** What a person decided. */
export interface Review {
  readonly id: string;
  readonly text: string;
  readonly label: string;
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

/** Gives the text at hand a label. */
export function decide(queue: Queue, label: string): Queue {
  const item = current(queue);
  if (!item) return queue;
  const review = { id: item.id, text: item.text, label };
  return { ...queue, reviews: [...queue.reviews, review] };
}

/** Puts the text at hand aside. */
export function skip(queue: Queue): Queue {
  const item = current(queue);
  if (!item) return queue;
  return { ...queue, skipped: [...queue.skipped.filter((id) => id !== item.id), item.id] };
}

/** Takes the last decision back. */
export function undo(queue: Queue): Queue {
  return { ...queue, reviews: queue.reviews.slice(0, -1) };
}
