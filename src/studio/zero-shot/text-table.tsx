// The texts of a map as a table, the most doubtful first, and the one that is open.
import { useState } from "react";
import { formatCount, formatPercent } from "../format.ts";
import { t } from "../i18n/translate.ts";
import { Section } from "../parts.tsx";
import { type CorpusView, type Kept, type Labelling, tableTexts } from "./corpus-data.ts";
import { LabelMark } from "./legend.tsx";

const pageRows = 10;

interface TextsProps {
  readonly view: CorpusView;
  readonly labelling: Labelling;
  readonly kept: Kept;
  readonly label: number | null;
  readonly selected: number | null;
  readonly onSelect: (text: number | null) => void;
}

/** The table; a row opens its text on the map too. */
export function TextTable(props: TextsProps) {
  const { view, labelling, kept, label, selected, onSelect } = props;
  const [words, setWords] = useState("");
  const [shown, setShown] = useState(pageRows);
  const found = tableTexts(view, labelling, { label, words });
  const { text, truth } = view.texts;
  const name = (of: number) => view.labels[of]?.name ?? t("no label");
  return (
    <Section
      title={
        label === null
          ? t("Texts on the map")
          : t("Texts labelled “{label}”", { label: name(label) })
      }
      note={t("{n} texts, the most doubtful first", { n: formatCount(found.length) })}
      aside={
        <div className="search">
          <input
            type="search"
            value={words}
            placeholder={t("Search")}
            aria-label={t("Search the texts")}
            onChange={(event) => setWords(event.target.value)}
          />
        </div>
      }
    >
      <div className="scroll">
        <table className="table map-table">
          <thead>
            <tr>
              <th scope="col">{t("Text")}</th>
              <th scope="col">{t("Label")}</th>
              <th scope="col" className="number">
                {t("Confidence")}
              </th>
              {truth && <th scope="col">{t("True label")}</th>}
            </tr>
          </thead>
          <tbody>
            {found.slice(0, shown).map((i) => {
              const doubtful = labelling.confidence[i] < kept.least;
              return (
                <tr key={i} data-open={i === selected || undefined}>
                  <th scope="row">
                    <button
                      type="button"
                      className="link"
                      aria-pressed={i === selected}
                      onClick={() => onSelect(i === selected ? null : i)}
                    >
                      {i === selected ? text[i] : clip(text[i])}
                    </button>
                  </th>
                  <td className={doubtful ? "map-dropped" : undefined}>
                    {labelling.guess[i] >= 0 && <LabelMark label={labelling.guess[i]} />}{" "}
                    {name(labelling.guess[i])}
                  </td>
                  <td className="number">{formatPercent(labelling.confidence[i])}</td>
                  {truth && (
                    <td
                      className={
                        truth[i] >= 0 && truth[i] !== labelling.guess[i] ? "map-wrong" : undefined
                      }
                    >
                      {truth[i] >= 0 ? name(truth[i]) : "–"}
                    </td>
                  )}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {found.length > shown && (
        <button type="button" className="button" onClick={() => setShown(shown + 3 * pageRows)}>
          {t("Show more ({n} left)", { n: formatCount(found.length - shown) })}
        </button>
      )}
    </Section>
  );
}

function clip(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 120 ? `${line.slice(0, 119)}…` : line || t("(empty)");
}

/** The text that was clicked, in full. */
export function OpenText({
  view,
  labelling,
  selected,
  onSelect,
}: Omit<TextsProps, "kept" | "label">) {
  if (selected === null) {
    return (
      <p className="note map-open-none">
        {t("Point at a text to read it; click to open it; press a label to see it alone.")}
      </p>
    );
  }
  const { row, text, truth } = view.texts;
  const [guess, second] = [labelling.guess[selected], labelling.second[selected]];
  const known = truth?.[selected] ?? -1;
  return (
    <article className="map-open" aria-live="polite">
      <header>
        <span>
          <LabelMark label={Math.max(0, guess)} />{" "}
          <strong>{view.labels[guess]?.name ?? t("no label")}</strong>{" "}
          {formatPercent(labelling.confidence[selected])}
        </span>
        {second >= 0 && (
          <span className="note">{t("next: {label}", { label: view.labels[second].name })}</span>
        )}
        {known >= 0 && known !== guess && (
          <span className="map-wrong">
            {t("true: {label}", { label: view.labels[known].name })}
          </span>
        )}
        <span className="note">
          {t("Row {n} of the data", { n: formatCount(row[selected] + 1) })}
        </span>
        <button
          type="button"
          className="map-close"
          aria-label={t("Close")}
          onClick={() => onSelect(null)}
        >
          <span aria-hidden="true">×</span>
        </button>
      </header>
      <p>{text[selected]}</p>
    </article>
  );
}
