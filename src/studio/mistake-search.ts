// Finding among the texts that got a wrong label.
import type { Mistake } from "./api.ts";

interface Kind {
  readonly truth: string;
  readonly predicted: string;
}

/** How often each class was taken for which other one, the most frequent first. */
export function countKinds(mistakes: readonly Mistake[]): (Kind & { count: number })[] {
  const groups = Map.groupBy(mistakes, (mistake) =>
    JSON.stringify([mistake.truth, mistake.predicted]),
  );
  return [...groups.values()]
    .map((group) => ({
      truth: group[0].truth,
      predicted: group[0].predicted,
      count: group.length,
    }))
    .sort((a, b) => b.count - a.count);
}

/** The mistakes of a kind whose text holds `query`, whatever its case; both may be left open. */
export function filterMistakes(
  mistakes: readonly Mistake[],
  { kind, query }: { kind: Kind | null; query: string },
): Mistake[] {
  const wanted = query.toLowerCase();
  return mistakes.filter(
    ({ truth, predicted, text }) =>
      (!kind || (kind.truth === truth && kind.predicted === predicted)) &&
      text.toLowerCase().includes(wanted),
  );
}

/** A mail's first line and the rest; a text of one line is cut after its first hundred characters. */
export function splitSubject(text: string): { subject: string; body: string } {
  const trimmed = text.trim();
  const end = trimmed.indexOf("\n");
  if (end >= 0 && end <= 200) {
    return { subject: trimmed.slice(0, end).trim(), body: trimmed.slice(end).trim() };
  }
  if (trimmed.length <= 120) return { subject: trimmed || "(no text)", body: "" };
  const space = trimmed.lastIndexOf(" ", 100);
  const subject = `${trimmed.slice(0, space > 40 ? space : 100)}…`;
  return { subject, body: trimmed };
}

/** The text in pieces: those at odd places are what `query` matches, whatever its case. */
export function splitByQuery(text: string, query: string): string[] {
  const escaped = query.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return text.split(new RegExp(`(${escaped})`, "gi"));
}
