// Labelling by hand: the most doubtful text first, keys 1 to 9, undo; decisions are kept by the server or in this browser.
import { type ChangeEvent, useEffect, useState } from "react";
import type { RunDetails, RunRecord } from "../api.ts";
import { formatCount, formatPercent } from "../format.ts";
import { saveText } from "../hiplot/export.ts";
import { t } from "../i18n/translate.ts";
import { useJson, useRuns } from "../live.ts";
import { Notice, Section } from "../parts.tsx";
import { toTable } from "../table.tsx";
import { current, decide, makeQueue, type Queue, skip, undo } from "./queue.ts";
import { keepAnswers, loadQueue, reviewsArtifact } from "./shared.ts";

const storageKey = "deepdive.labelling";

interface Work {
  readonly name: string;
  readonly queue: Queue;
  /** The run whose texts these are: its decisions are kept by the server. */
  readonly run?: string;
}

function stored(): Work | null {
  try {
    return JSON.parse(window.localStorage.getItem(storageKey) ?? "null") as Work | null;
  } catch {
    return null;
  }
}

/** The page at `/labelling`. */
export function LabellingPage() {
  const [work, setWork] = useState<Work | null>(stored);
  const [error, setError] = useState("");
  document.title = `${t("Labelling")} · Deepdive`;
  useEffect(() => {
    try {
      if (work) window.localStorage.setItem(storageKey, JSON.stringify(work));
      else window.localStorage.removeItem(storageKey);
    } catch {
      setError(
        t("This browser has no room left for the queue: save your labels before you close it."),
      );
    }
  }, [work]);
  // Others may have answered since this browser looked last.
  const opened = work?.run;
  useEffect(() => {
    if (opened === undefined) return;
    loadQueue(opened).then(
      (queue) => setWork((old) => old && { ...old, queue }),
      (problem: Error) => setError(problem.message),
    );
  }, [opened]);
  const attempt = async (name: string, make: () => Promise<Work>) => {
    try {
      setWork(await make());
      setError("");
    } catch (problem) {
      setError(`${name}: ${(problem as Error).message}`);
    }
  };
  const openFile = (file: File) =>
    attempt(file.name, async () => {
      const table = toTable(await file.text());
      if (!table) throw new Error(t("expected a CSV table"));
      return { name: file.name, queue: makeQueue(table.names, table.rows) };
    });
  const openRun = (run: RunRecord) =>
    attempt(run.name, async () => ({
      name: run.name,
      run: run.id,
      queue: await loadQueue(run.id),
    }));
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("Labelling")}</h1>
        <p className="lead">
          {t(
            "The texts a model doubts most come first. Press the number of a label; Z takes it back.",
          )}
        </p>
      </div>
      {error && <Notice title={error} tone="bad" />}
      {work ? (
        <QueueView
          work={work}
          onQueue={(queue) => {
            setWork({ ...work, queue });
            if (work.run === undefined) return;
            keepAnswers(work.run, work.queue, queue).catch((problem: Error) =>
              setError(problem.message),
            );
          }}
          onClose={() => setWork(null)}
        />
      ) : (
        <Sources onFile={openFile} onRun={openRun} />
      )}
    </div>
  );
}

interface SourcesProps {
  readonly onFile: (file: File) => void;
  readonly onRun: (run: RunRecord) => void;
}

/** Runs that are looked at for texts to review. */
const searchedRuns = 12;

function Sources({ onFile, onRun }: SourcesProps) {
  const { value: runs } = useRuns();
  const labelling = runs?.filter((run) => run.status === "done" && run.lab.startsWith("zero-shot"));
  const choose = (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0];
    if (file) onFile(file);
  };
  return (
    <Section
      title={t("What should be labelled?")}
      note={t(
        "A table with a column of texts; columns “label” and “confidence” are used when they are there",
      )}
    >
      <div className="lab-links">
        <label className="button button-main file-button">
          {t("Choose a file")}
          <input type="file" accept=".csv,.tsv,text/csv" className="hidden" onChange={choose} />
        </label>
        {labelling?.slice(0, searchedRuns).map((run) => (
          <RunSource key={run.id} run={run} onRun={onRun} />
        ))}
      </div>
    </Section>
  );
}

/** A run as a source, where it set texts apart. */
function RunSource({ run, onRun }: { run: RunRecord; onRun: (run: RunRecord) => void }) {
  const { value: details } = useJson<RunDetails>(`/api/runs/${run.id}`);
  if (!details?.artifacts.some(({ name }) => name === reviewsArtifact)) return null;
  return (
    <button type="button" className="button" onClick={() => onRun(run)}>
      {run.name}
    </button>
  );
}

function QueueView(props: { work: Work; onQueue: (queue: Queue) => void; onClose: () => void }) {
  const { work, onQueue, onClose } = props;
  const { queue, name } = work;
  const { labels, reviews, items } = queue;
  const [fresh, setFresh] = useState("");
  const item = current(queue);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.target instanceof HTMLInputElement || event.ctrlKey || event.metaKey) return;
      const label = labels[Number(event.key) - 1];
      if (label !== undefined) onQueue(decide(queue, label));
      else if (event.key === "z" || event.key === "Z") onQueue(undo(queue));
      else if (event.key === "s" || event.key === "S") onQueue(skip(queue));
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [queue, labels, onQueue]);
  const addLabel = () => {
    const label = fresh.trim();
    if (label && !labels.includes(label))
      onQueue({ ...queue, labels: [...labels, label].slice(0, 9) });
    setFresh("");
  };
  const share = items.length > 0 ? reviews.length / items.length : 0;
  return (
    <Section
      title={name}
      note={t("{done} of {all} labelled", {
        done: formatCount(reviews.length),
        all: formatCount(items.length),
      })}
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
        <span style={{ width: formatPercent(share) }} />
      </div>
      {item ? (
        <article className="label-text" aria-live="polite">
          <p>{item.text.slice(0, 6_000)}</p>
          {item.guess && (
            <p className="note">
              {t("The model thinks: {label}", { label: item.guess })}
              {item.confidence !== undefined && ` (${formatPercent(item.confidence)})`}
            </p>
          )}
        </article>
      ) : (
        <Notice title={t("All texts are labelled.")} />
      )}
      <div className="label-keys">
        {labels.map((label, place) => (
          <button
            key={label}
            type="button"
            className="button"
            disabled={!item}
            onClick={() => onQueue(decide(queue, label))}
          >
            <kbd>{place + 1}</kbd> {label}
          </button>
        ))}
        <button
          type="button"
          className="button"
          disabled={!item}
          onClick={() => onQueue(skip(queue))}
        >
          <kbd>S</kbd> {t("Later")}
        </button>
        <button
          type="button"
          className="button"
          disabled={reviews.length === 0}
          onClick={() => onQueue(undo(queue))}
        >
          <kbd>Z</kbd> {t("Undo")}
        </button>
        {labels.length < 9 && (
          <input
            type="text"
            className="label-new"
            aria-label={t("New label")}
            placeholder={t("New label")}
            value={fresh}
            onChange={(event) => setFresh(event.target.value)}
            onKeyDown={(event) => event.key === "Enter" && addLabel()}
            onBlur={addLabel}
          />
        )}
      </div>
    </Section>
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
