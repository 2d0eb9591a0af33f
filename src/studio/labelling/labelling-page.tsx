// Labelling by hand: the most doubtful text first, keys 1 to 9, undo; decisions are kept by the server or in this browser.
import { type ChangeEvent, useCallback, useEffect, useRef, useState } from "react";
import type { RunDetails, RunRecord } from "../api.ts";
import { t } from "../i18n/translate.ts";
import { useJson, useRuns } from "../live.ts";
import { Ago, Notice, Section } from "../parts.tsx";
import { goTo, Link } from "../router.tsx";
import { toTable } from "../table.tsx";
import { Desk } from "./desk.tsx";
import { current, makeQueue, type Queue } from "./queue.ts";
import { keepAnswers, loadQueue, reviewsArtifact } from "./shared.ts";

const storageKey = "deepdive.labelling";

/** A queue with its name. */
interface Work {
  readonly name: string;
  readonly queue: Queue;
}

function stored(): Work | null {
  try {
    const work = JSON.parse(window.localStorage.getItem(storageKey) ?? "null") as Work | null;
    return work?.queue ? work : null;
  } catch {
    return null;
  }
}

/** The page at `/labelling`, and at `/labelling/:id` for the texts of a run. */
export function LabellingPage({ id }: { id: string }) {
  document.title = `${t("Labelling")} · Deepdive`;
  return (
    <div className="page">
      <div className="page-head">
        {id !== "" && (
          <Link href={`/runs/${id}`} className="back">
            <span aria-hidden="true">←</span> {t("The run and its map")}
          </Link>
        )}
        <h1>{t("Labelling")}</h1>
        <p className="lead">
          {t(
            "The texts a model doubts most come first. Press the number of a label; Z takes it back.",
          )}
        </p>
      </div>
      {id === "" ? <FileDesk /> : <RunDesk key={id} id={id} />}
    </div>
  );
}

/** The texts of a run: its decisions are kept by the server. */
function RunDesk({ id }: { id: string }) {
  const [work, setWork] = useState<Work | null>(null);
  const [error, setError] = useState("");
  const line = useRef(Promise.resolve());
  const load = useCallback(async () => {
    try {
      const { name, ...queue } = await loadQueue(id);
      setWork({ name, queue });
      setError("");
    } catch (problem) {
      setError((problem as Error).message);
    }
  }, [id]);
  useEffect(() => {
    void load();
  }, [load]);
  const onQueue = (queue: Queue) => {
    if (!work) return;
    setWork({ ...work, queue });
    // One after the other: of an answer and its undoing the later must come last.
    line.current = line.current
      .then(() => keepAnswers(id, work.queue, queue))
      .then(
        // The server may have more than was fetched at first.
        () => (current(queue) ? setError("") : load()),
        (problem: Error) => setError(problem.message),
      );
  };
  return (
    <>
      {error && <Notice title={error} tone="bad" />}
      {work && <Desk {...work} onQueue={onQueue} onClose={() => goTo("/labelling")} />}
    </>
  );
}

/** The texts of a file, kept by this browser. */
function FileDesk() {
  const [work, setWork] = useState<Work | null>(stored);
  const [error, setError] = useState("");
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
  const openFile = async (file: File) => {
    try {
      const table = toTable(await file.text());
      if (!table) throw new Error(t("expected a CSV table"));
      setWork({ name: file.name, queue: makeQueue(table.names, table.rows) });
      setError("");
    } catch (problem) {
      setError(`${file.name}: ${(problem as Error).message}`);
    }
  };
  return (
    <>
      {error && <Notice title={error} tone="bad" />}
      {work ? (
        <Desk
          {...work}
          onQueue={(queue) => setWork({ ...work, queue })}
          onClose={() => setWork(null)}
        />
      ) : (
        <Sources onFile={openFile} />
      )}
    </>
  );
}

/** Runs that are looked at for texts to review. */
const searchedRuns = 12;

function Sources({ onFile }: { onFile: (file: File) => void }) {
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
          <RunSource key={run.id} run={run} />
        ))}
      </div>
    </Section>
  );
}

/** A run as a source, where it set texts apart. */
function RunSource({ run }: { run: RunRecord }) {
  const { value: details } = useJson<RunDetails>(`/api/runs/${run.id}`);
  if (!details?.artifacts.some(({ name }) => name === reviewsArtifact)) return null;
  return (
    <Link className="button" href={`/labelling/${run.id}`}>
      {run.name} · <Ago iso={run.created} />
    </Link>
  );
}
