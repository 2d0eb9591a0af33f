// The list of all runs, newest first.
import type { MetricsResult, RunRecord } from "./api.ts";
import { useJson, useRuns } from "./live.ts";
import { Ago, Duration, Notice, Reconnecting, Status } from "./parts.tsx";
import { Link } from "./router.tsx";
import { Sparkline } from "./sparkline.tsx";
import { headlineFigures } from "./summary.ts";

/** Curves are drawn for this many rows at most: each costs a request. */
const drawnRows = 40;

/** The page at `/`. */
export function RunsPage() {
  const { value: runs, error, connected } = useRuns();
  document.title = "Runs · Deepdive";
  const running = runs?.filter((run) => run.status === "running").length ?? 0;
  return (
    <div className="page">
      <div className="page-head">
        <h1>Runs</h1>
        {runs && runs.length > 0 && (
          <p className="note">
            {runs.length === 1 ? "One run" : `${runs.length} runs`} in this data folder
            {running > 0 && `, ${running} running now`}
          </p>
        )}
      </div>
      {(!connected || error) && <Reconnecting />}
      {runs?.length === 0 && <NoRuns />}
      {runs && runs.length > 0 && (
        <ul className="runs">
          {runs.map((run, place) => (
            <li key={run.id}>
              <RunRow run={run} drawn={place < drawnRows} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function RunRow({ run, drawn }: { run: RunRecord; drawn: boolean }) {
  const figures = headlineFigures(run.summary);
  return (
    <Link className="run-row" href={`/runs/${run.id}`}>
      <span className="run-main">
        <span className="run-name">{run.name}</span>
        <span className="run-meta">
          {run.lab} · <Ago iso={run.created} /> · <Duration run={run} />
        </span>
        {run.error && <span className="run-error">{run.error}</span>}
      </span>
      <span className="run-curve">{drawn && <LossLine run={run} />}</span>
      <span className="run-figures">
        {figures.map((figure) => (
          <span key={figure.name} className="run-figure">
            <span className="label">{figure.label}</span>
            <span className="value">{figure.text}</span>
          </span>
        ))}
      </span>
      <Status status={run.status} />
    </Link>
  );
}

function LossLine({ run }: { run: RunRecord }) {
  const path = `/api/runs/${run.id}/metrics?names=train/loss,loss&maxPoints=80`;
  const { value } = useJson<MetricsResult>(path, run.status);
  const curve = value?.series[0];
  return curve ? <Sparkline values={curve.values} /> : null;
}

function NoRuns() {
  return (
    <Notice title="No runs yet">
      <p>Train a classifier on real mails, or on a table of your own:</p>
      <pre>
        <code>
          {
            "npm start\nnpx deepdive train text --data mails.csv --text-column text --label-column label"
          }
        </code>
      </pre>
    </Notice>
  );
}
