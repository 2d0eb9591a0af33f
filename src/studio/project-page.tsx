// A project: one piece of work in steps, each a run, with how good the model was after it.
import type { RunRecord } from "./api.ts";
import { formatCount, formatPercent } from "./format.ts";
import { plural, t } from "./i18n/translate.ts";
import { useJson, useRun, useRuns } from "./live.ts";
import { Duration, Notice, Reconnecting, Status } from "./parts.tsx";
import { ProgressStrip } from "./progress.tsx";
import { type ProjectStep, projectSteps } from "./project-steps.ts";
import { Link } from "./router.tsx";

/** The page at `/projects/:name`. */
export function ProjectPage({ id: name }: { id: string }) {
  const { value: latest, connected } = useRuns();
  const own = latest?.filter((run) => run.project === name) ?? [];
  const version = own.map(({ id, status }) => `${id} ${status}`).join();
  const path = `/api/runs?project=${encodeURIComponent(name)}&limit=1000`;
  const { value, error } = useJson<{ runs: readonly RunRecord[] }>(path, version);
  const steps = value ? projectSteps(value.runs) : [];
  const running = steps.findLast(({ run }) => run.status === "running");
  document.title = `${name} · Deepdive`;
  return (
    <div className="page">
      <div className="page-head">
        <h1>{name}</h1>
        {steps.length > 0 && (
          <p className="note">
            {plural(steps.length, { one: "{n} step", other: "{n} steps" })}
            {steps.some(({ accuracy }) => accuracy !== undefined) &&
              ` · ${t("all judged on the same held-out texts")}`}
          </p>
        )}
      </div>
      {!connected && <Reconnecting />}
      {error && <Notice title={error.message} tone="bad" />}
      {value && steps.length === 0 && <Notice title={t("This project has no runs yet")} />}
      {running && <RunningStep key={running.run.id} id={running.run.id} />}
      <ol className="ladder">
        {steps.map((step, place) => (
          <li key={step.run.id}>
            <StepRow step={step} number={place + 1} />
          </li>
        ))}
      </ol>
    </div>
  );
}

function RunningStep({ id }: { id: string }) {
  const { run } = useRun(id);
  return run?.status === "running" ? <ProgressStrip progress={run.progress} /> : null;
}

function StepRow({ step, number }: { step: ProjectStep; number: number }) {
  const { run } = step;
  return (
    <article className="step card">
      <span className="step-number" aria-hidden="true">
        {number}
      </span>
      <div className="step-words">
        <h2>
          <Link href={`/runs/${run.id}`}>{run.name}</Link>
        </h2>
        {step.about && <p>{step.about}</p>}
        {run.error && <p className="run-error">{run.error}</p>}
        <p className="note">
          <Status status={run.status} /> <Duration run={run} />
          {run.lab === "sweep" && (
            <>
              {" · "}
              <Link href={`/compare?sweep=${run.id}`}>{t("Compare its runs")}</Link>
            </>
          )}
        </p>
      </div>
      <AccuracyBar step={step} />
    </article>
  );
}

/** Bars start here: below it a classifier of two classes is no better than chance. */
const barStart = 0.5;

function AccuracyBar({ step: { accuracy, gain, wrong, tested } }: { step: ProjectStep }) {
  if (accuracy === undefined) return null;
  const share = Math.max(0, (accuracy - barStart) / (1 - barStart));
  return (
    <div className="step-figure">
      <span className="figure-value">{formatPercent(accuracy)}</span>
      <span className="step-bar" aria-hidden="true">
        <span style={{ width: `${100 * share}%` }} />
      </span>
      <span className="note">
        {gain !== undefined && Math.abs(gain) >= 0.0005 && (
          <span className={`delta ${gain > 0 ? "delta-good" : "delta-bad"}`}>
            {gain > 0 ? "+" : "−"}
            {(100 * Math.abs(gain)).toFixed(1)} {t("pts")}
          </span>
        )}{" "}
        {wrong !== undefined &&
          tested !== undefined &&
          t("{wrong} of {tested} wrong", {
            wrong: formatCount(wrong),
            tested: formatCount(tested),
          })}
      </span>
    </div>
  );
}
