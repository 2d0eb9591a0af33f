// Runs as a list of rows, each with its curve and its headline figures.

import type { MetricsResult, RunRecord } from "./api.ts";
import { t } from "./i18n/translate.ts";
import { useJson } from "./live.ts";
import { Ago, Duration, Status } from "./parts.tsx";
import { Link } from "./router.tsx";
import { Sparkline } from "./sparkline.tsx";
import { headlineFigures } from "./summary.ts";

/** Curves are drawn for this many rows at most: each costs a request. */
const drawnRows = 40;

/** The rows in the order given. */
export function RunList({ runs }: { runs: readonly RunRecord[] }) {
  return (
    <ul className="runs">
      {runs.map((run, place) => (
        <li key={run.id}>
          <RunRow run={run} drawn={place < drawnRows} />
        </li>
      ))}
    </ul>
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
            <span className="label">{t(figure.label)}</span>
            <span className="value">{figure.text}</span>
          </span>
        ))}
      </span>
      <Status status={run.status} />
    </Link>
  );
}

/** A run's loss in the size of a word. */
export function LossLine({ run }: { run: RunRecord }) {
  const path = `/api/runs/${run.id}/metrics?names=train/loss,loss&maxPoints=80`;
  const { value } = useJson<MetricsResult>(path, run.status);
  const curve = value?.series[0];
  return curve ? <Sparkline values={curve.values} /> : null;
}
