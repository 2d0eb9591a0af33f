// The review desk: one text, a key for each label, texts like it that may take the decision along.
import { useEffect, useId, useState } from "react";
import { formatCount, formatPercent } from "../format.ts";
import { saveText } from "../hiplot/export.ts";
import { plural, t } from "../i18n/translate.ts";
import { Notice, Section } from "../parts.tsx";
import {
  agreement,
  current,
  decide,
  type Item,
  keyLabels,
  openSimilar,
  type Queue,
  skip,
  undo,
} from "./queue.ts";

interface DeskProps {
  readonly name: string;
  readonly queue: Queue;
  readonly onQueue: (queue: Queue) => void;
  readonly onClose: () => void;
}

/** Texts like the one at hand that are offered. */
const offered = 8;

/** A queue, worked off text by text. */
export function Desk({ name, queue, onQueue, onClose }: DeskProps) {
  const { labels, reviews, items } = queue;
  const item = current(queue);
  const [along, setAlong] = useState<readonly string[]>([]);
  const similar = item ? openSimilar(queue, item).slice(0, offered) : [];
  const keyed = keyLabels(queue, item);
  const change = (next: Queue) => {
    setAlong([]);
    onQueue(next);
  };
  const take = (label: string) => change(decide(queue, label, along));
  const takeAll = () =>
    setAlong(along.length === similar.length ? [] : similar.map(({ id }) => id));
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const { target, key } = event;
      const typing = target instanceof HTMLInputElement && target.type !== "checkbox";
      if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
      const label = keyed[Number(key) - 1];
      if (label !== undefined && item) take(label);
      else if (key === "z" || key === "Z") change(undo(queue));
      else if (key === "s" || key === "S") change(skip(queue));
      else if ((key === "a" || key === "A") && similar.length > 0) takeAll();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  });
  const { judged, agreed } = agreement(queue);
  const note = [
    t("{done} of {all} labelled", {
      done: formatCount(reviews.length),
      all: formatCount(items.length),
    }),
    ...(judged > 0
      ? [t("{share} agree with the guess", { share: formatPercent(agreed / judged, 0) })]
      : []),
  ].join(" · ");
  return (
    <Section
      title={name}
      note={note}
      aside={
        <div className="lab-links">
          <button
            type="button"
            className="button"
            disabled={reviews.length === 0}
            onClick={() => saveText("labels.csv", reviewsCsv(queue), "text/csv")}
          >
            {t("Save labels")}
          </button>
          <button type="button" className="button" onClick={onClose}>
            {t("Close")}
          </button>
        </div>
      }
    >
      <div className="bar" aria-hidden="true">
        <span
          style={{ width: formatPercent(items.length > 0 ? reviews.length / items.length : 0) }}
        />
      </div>
      {item ? <TextAtHand item={item} /> : <Notice title={t("All texts are labelled.")} />}
      <div className="label-keys">
        {keyed.map((label, place) => (
          <button
            key={label}
            type="button"
            className={label === item?.guess ? "button label-guess" : "button"}
            disabled={!item}
            onClick={() => take(label)}
          >
            <kbd>{place + 1}</kbd> {label}
          </button>
        ))}
        <button
          type="button"
          className="button"
          disabled={!item}
          onClick={() => change(skip(queue))}
        >
          <kbd>S</kbd> {t("Later")}
        </button>
        <button
          type="button"
          className="button"
          disabled={reviews.length === 0}
          onClick={() => change(undo(queue))}
        >
          <kbd>Z</kbd> {t("Undo")}
        </button>
        <OtherLabel
          labels={labels}
          onLabel={(label) => {
            // A few labels have a key each; a new one gets the next key and waits for it.
            if (labels.length < 9 && !labels.includes(label)) {
              onQueue({ ...queue, labels: [...labels, label] });
            } else if (item) take(label);
          }}
        />
      </div>
      {similar.length > 0 && (
        <fieldset className="along">
          <legend>
            {plural(similar.length, {
              one: "{n} text is like it and open",
              other: "{n} texts are like it and open",
            })}
          </legend>
          <button
            type="button"
            className="chip"
            aria-pressed={along.length === similar.length}
            onClick={takeAll}
          >
            <kbd>A</kbd> {t("They take the decision along")}
          </button>
          <ul>
            {similar.map(({ id, text }) => (
              <li key={id}>
                <label>
                  <input
                    type="checkbox"
                    checked={along.includes(id)}
                    onChange={(event) =>
                      setAlong(
                        event.target.checked ? [...along, id] : along.filter((each) => each !== id),
                      )
                    }
                  />
                  <span>{text.replace(/\s+/g, " ").slice(0, 160)}</span>
                </label>
              </li>
            ))}
          </ul>
        </fieldset>
      )}
    </Section>
  );
}

function TextAtHand({ item }: { item: Item }) {
  return (
    <article className="label-text" aria-live="polite">
      <p>{item.text.slice(0, 6_000)}</p>
      {item.guess && (
        <p className="note">
          {t("The model thinks: {label}", { label: item.guess })}
          {item.confidence !== undefined && ` (${formatPercent(item.confidence)})`}
        </p>
      )}
    </article>
  );
}

/** A label by its name: one of many, or a new one. */
function OtherLabel({
  labels,
  onLabel,
}: {
  labels: readonly string[];
  onLabel: (label: string) => void;
}) {
  const id = useId();
  const [fresh, setFresh] = useState("");
  const few = labels.length < 9;
  const done = () => {
    const typed = fresh.trim();
    const known = labels.find((label) => label.toLowerCase() === typed.toLowerCase());
    if (typed !== "") onLabel(known ?? typed);
    setFresh("");
  };
  return (
    <>
      <input
        type="text"
        className="label-new"
        list={few ? undefined : id}
        aria-label={few ? t("New label") : t("Another label")}
        placeholder={few ? t("New label") : t("Another label")}
        value={fresh}
        onChange={(event) => setFresh(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter") return;
          done();
          // Number keys are for labels again.
          event.currentTarget.blur();
        }}
      />
      {!few && (
        <datalist id={id}>
          {labels.map((label) => (
            <option key={label} value={label} />
          ))}
        </datalist>
      )}
    </>
  );
}

/** A cell that begins like a formula gets a quote, lest a spreadsheet runs it. */
function reviewsCsv({ reviews }: Queue): string {
  const cell = (text: string) => {
    const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return `"${harmless.replaceAll('"', '""')}"`;
  };
  const rows = reviews.map(({ id, text, label }) => [id, text, label].map(cell).join(","));
  return `${["id,text,label", ...rows].join("\r\n")}\r\n`;
}
