// The label doctor's cards: what is wrong with a label, the texts that show it, and one button that mends it.
import { useId, useState } from "react";
import type { Json, RunDetails } from "../api.ts";
import { t } from "../i18n/translate.ts";
import { Notice, Section } from "../parts.tsx";
import { adviseLabels, type CorpusView, type LabelAdvice } from "./corpus-data.ts";
import { runAgain } from "./run-again.ts";
import { useStart } from "./use-start.ts";

const shownCards = 6;

/** The cards, the strongest advice first. */
export function Doctor(props: {
  run: RunDetails;
  view: CorpusView;
  advice: readonly LabelAdvice[];
}) {
  const { run, view, advice } = props;
  const [all, setAll] = useState(false);
  const { busy, error, start } = useStart();
  const shown = all ? advice : advice.slice(0, shownCards);
  return (
    <Section
      title={t("Label doctor")}
      note={
        advice.length === 0
          ? t(
              "Nothing to complain of: the labels are told apart, and every text has one that fits.",
            )
          : t("Advice from names and texts alone: a reason to look, not a verdict.")
      }
    >
      {error && <Notice title={error} tone="bad" />}
      <ul className="doctor">
        {shown.map((each, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: advice has no other identity, and never moves.
          <li key={i}>
            <Card
              advice={each}
              busy={busy || run.status !== "done"}
              onTake={(words) =>
                start(() => {
                  const labels = adviseLabels(view.labels, each, words);
                  // As JSON on one line: names may hold commas, and wordings are kept.
                  return runAgain(run, { labels: JSON.stringify(labels), parents: null } as Record<
                    string,
                    Json
                  >);
                })
              }
            />
          </li>
        ))}
      </ul>
      {advice.length > shown.length && (
        <button type="button" className="button" onClick={() => setAll(true)}>
          {t("Show more ({n} left)", { n: advice.length - shown.length })}
        </button>
      )}
    </Section>
  );
}

const kinds: Readonly<Record<LabelAdvice["kind"], string>> = {
  vague: "Vague",
  overlap: "Overlap",
  missing: "Missing",
  wording: "Wording",
};

function Card(props: { advice: LabelAdvice; busy: boolean; onTake: (words: string) => void }) {
  const { advice, busy, onTake } = props;
  const { kind, labels, proposal = "", examples } = advice;
  const id = useId();
  const [words, setWords] = useState(
    kind === "overlap" ? labels.join(" / ") : kind === "vague" ? (labels[0] ?? "") : proposal,
  );
  return (
    <article className={`doctor-card doctor-${kind}`}>
      <h3>
        <span className="tag">{t(kinds[kind])}</span> {headingOf(advice)}
      </h3>
      <ul className="doctor-examples">
        {examples.slice(0, 3).map((text, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: examples never move.
          <li key={i}>{text.replace(/\s+/g, " ").slice(0, 150)}</li>
        ))}
      </ul>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onTake(words);
        }}
      >
        <label htmlFor={id} className="note">
          {kind === "missing"
            ? t("Name of the new label")
            : kind === "overlap"
              ? t("Name of both together")
              : t("New wording of “{label}”", { label: labels[0] ?? "" })}
        </label>
        <input
          id={id}
          type="text"
          value={words}
          onChange={(event) => setWords(event.target.value)}
        />
        <button type="submit" className="button" disabled={busy || words.trim() === ""}>
          {kind === "missing"
            ? t("Add it and label again")
            : kind === "overlap"
              ? t("Merge them and label again")
              : t("Use this wording and label again")}
        </button>
      </form>
    </article>
  );
}

function headingOf({ kind, labels: [a = "", b = ""], proposal = "" }: LabelAdvice): string {
  switch (kind) {
    case "vague":
      return t("“{label}” says too little about these texts", { label: a });
    case "overlap":
      return t("“{a}” and “{b}” are hard to tell apart here", { a, b });
    case "missing":
      return t("Some texts are alike and fit no label: {words}", { words: proposal || "…" });
    case "wording":
      return t("“{words}” is nearer to the surest texts of “{label}”", {
        words: proposal,
        label: a,
      });
  }
}
