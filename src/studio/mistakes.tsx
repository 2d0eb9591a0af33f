// The texts that got a wrong label: by kind, by word, and in full. Texts are foreign and shown as text only.

import { Fragment, type ReactNode, useDeferredValue, useId, useMemo, useState } from "react";
import type { Mistake } from "./api.ts";
import type { MistakeKind } from "./confusion.tsx";
import { formatCount, formatPercent } from "./format.ts";
import { t } from "./i18n/translate.ts";
import { countKinds, filterMistakes, splitByQuery, splitSubject } from "./mistake-search.ts";
import { Section } from "./parts.tsx";

const pageSize = 12;

/** The list with its filters. `kind` is shared with the confusion matrix. */
export function MistakeList(props: {
  mistakes: readonly Mistake[];
  kind: MistakeKind | null;
  onKind: (kind: MistakeKind | null) => void;
}) {
  const { mistakes, kind, onKind } = props;
  const [query, setQuery] = useState("");
  const [limit, setLimit] = useState(pageSize);
  const searched = useDeferredValue(query.trim());
  const found = useMemo(
    () => filterMistakes(mistakes, { kind, query: searched }),
    [mistakes, kind, searched],
  );
  const searchId = useId();
  const search = (
    <div className="search">
      <label className="hidden" htmlFor={searchId}>
        {t("Search in the texts")}
      </label>
      <input
        id={searchId}
        type="search"
        placeholder={t("Search in the texts")}
        value={query}
        onChange={(event) => {
          setQuery(event.target.value);
          setLimit(pageSize);
        }}
      />
    </div>
  );
  return (
    <Section
      title={t("Texts it got wrong")}
      note={t("The most confident mistakes first")}
      aside={search}
      className="mistakes"
    >
      <KindChips mistakes={mistakes} kind={kind} onKind={onKind} />
      <p className="hidden" role="status">
        {t("{n} texts shown", { n: found.length })}
      </p>
      {found.length === 0 && (
        <p className="empty">
          {mistakes.length === 0 ? t("It got every text right.") : t("No text matches.")}
        </p>
      )}
      <ul className="mistake-list">
        {found.slice(0, limit).map((mistake) => (
          <li key={mistake.index}>
            <MistakeItem mistake={mistake} query={searched} />
          </li>
        ))}
      </ul>
      {found.length > limit && (
        <button type="button" className="button" onClick={() => setLimit(limit + 4 * pageSize)}>
          {t("Show more ({n} left)", { n: formatCount(found.length - limit) })}
        </button>
      )}
    </Section>
  );
}

function KindChips({ mistakes, kind, onKind }: Parameters<typeof MistakeList>[0]) {
  const kinds = useMemo(() => countKinds(mistakes), [mistakes]);
  return (
    <fieldset className="chips">
      <legend className="hidden">{t("Kind of mistake")}</legend>
      <button type="button" className="chip" aria-pressed={!kind} onClick={() => onKind(null)}>
        {t("All")} <b>{formatCount(mistakes.length)}</b>
      </button>
      {kinds.map(({ truth, predicted, count }) => {
        const isChosen = kind?.truth === truth && kind.predicted === predicted;
        return (
          <button
            type="button"
            className="chip"
            key={JSON.stringify([truth, predicted])}
            aria-pressed={isChosen}
            onClick={() => onKind(isChosen ? null : { truth, predicted })}
          >
            {truth} <span aria-hidden="true">→</span>
            <span className="hidden">{t("taken for")}</span> {predicted} <b>{formatCount(count)}</b>
          </button>
        );
      })}
    </fieldset>
  );
}

function MistakeItem({ mistake, query }: { mistake: Mistake; query: string }) {
  const [open, setOpen] = useState(false);
  const { subject, body } = splitSubject(mistake.text);
  return (
    <details
      className="mistake"
      open={open}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary>
        <span className="mistake-text">
          <span className="mistake-subject">
            <Marked text={subject} query={query} />
          </span>
          {!open && (
            <span className="mistake-body">
              <Marked text={excerpt(body, query)} query={query} />
            </span>
          )}
        </span>
        <span className="mistake-labels">
          <span className="verdict">
            <span className="verdict-truth">{mistake.truth}</span>
            <span aria-hidden="true">→</span>
            <span className="hidden">{t("was taken for")}</span>
            <span className="verdict-wrong">{mistake.predicted}</span>
          </span>
          <span className="confidence">
            <span className="meter" aria-hidden="true">
              <span style={{ width: formatPercent(mistake.confidence) }} />
            </span>
            {t("{share} sure", { share: formatPercent(mistake.confidence) })}
          </span>
        </span>
      </summary>
      {open && (
        <div className="mistake-full">
          <Marked text={body || subject} query={query} />
          <p className="note">{t("Row {n} of the data", { n: formatCount(mistake.index) })}</p>
        </div>
      )}
    </details>
  );
}

/** The part of a text to show in two lines: its start, or the surroundings of the word searched for. */
function excerpt(text: string, query: string): string {
  const place = query ? text.toLowerCase().indexOf(query.toLowerCase()) : -1;
  return place > 120 ? `…${text.slice(place - 60, place + 240)}` : text.slice(0, 300);
}

/** Text with what was searched for marked. React writes text nodes only: markup stays visible as typed. */
function Marked({ text, query }: { text: string; query: string }): ReactNode {
  if (!query) return text;
  return splitByQuery(text, query).map((piece, place) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: pieces have no other identity than their place.
    <Fragment key={place}>{place % 2 === 1 ? <mark>{piece}</mark> : piece}</Fragment>
  ));
}
