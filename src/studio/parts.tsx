// Small pieces that several pages share.

import { type ReactNode, useEffect, useId, useState } from "react";
import type { RunRecord, RunStatus } from "./api.ts";
import { formatAgo, formatMoment, formatSeconds } from "./format.ts";
import { t } from "./i18n/translate.ts";

const statusWords: Readonly<Record<RunStatus, string>> = {
  queued: "Queued",
  running: "Running",
  done: "Done",
  failed: "Failed",
  stopped: "Stopped",
  interrupted: "Interrupted",
};

/** A run's state as a word with a coloured mark. */
export function Status({ status }: { status: RunStatus }) {
  return <span className={`status status-${status}`}>{t(statusWords[status])}</span>;
}

/** A titled block of a page. `aside` stands at the right of the title. */
export function Section(props: {
  title: string;
  note?: ReactNode;
  aside?: ReactNode;
  className?: string;
  children: ReactNode;
}) {
  const id = useId();
  return (
    <section className={`card ${props.className ?? ""}`} aria-labelledby={id}>
      <div className="card-head">
        <div>
          <h2 id={id}>{props.title}</h2>
          {props.note && <p className="note">{props.note}</p>}
        </div>
        {props.aside}
      </div>
      {props.children}
    </section>
  );
}

/** A message in place of content, or above it. */
export function Notice(props: { title: string; tone?: "plain" | "bad"; children?: ReactNode }) {
  return (
    <div className={`notice notice-${props.tone ?? "plain"}`} role="status">
      <strong>{props.title}</strong>
      {props.children && <div>{props.children}</div>}
    </div>
  );
}

/** Shown while the server does not answer; the browser keeps trying. */
export function Reconnecting() {
  return (
    <p className="reconnecting" role="status">
      {t("The server does not answer. Trying again…")}
    </p>
  );
}

/** The time now, moving on every `everyMs` while `active`. */
export function useNow(active: boolean, everyMs = 1_000): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!active) return;
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [active, everyMs]);
  return now;
}

/** How long ago, with the exact moment for those who point at it. */
export function Ago({ iso }: { iso: string }) {
  const now = useNow(true, 30_000);
  return (
    <time dateTime={iso} title={formatMoment(iso)}>
      {formatAgo(iso, now)}
    </time>
  );
}

/** How long a run took, or has taken so far. */
export function Duration({ run }: { run: RunRecord }) {
  const now = useNow(run.started !== null && run.ended === null);
  if (!run.started) return <>–</>;
  const end = run.ended ? Date.parse(run.ended) : now;
  return <>{formatSeconds(Math.max(0, end - Date.parse(run.started)) / 1_000)}</>;
}
