// One run: what came out, how it got there, and where it was wrong.

import { lazy, Suspense, useMemo, useState } from "react";
import {
  ApiError,
  artifactUrl,
  type ComparisonRow,
  type ConfusionMatrix,
  type DatasetSummary,
  type Json,
  type Mistake,
  type RunDetails,
} from "./api.ts";
import { ChartView } from "./chart.tsx";
import { ConfusionTable, type MistakeKind } from "./confusion.tsx";
import { type Curves, toCharts } from "./curves.ts";
import { DatasetTable, Facts, Files, phaseSeconds, Timing } from "./details.tsx";
import { plural, t } from "./i18n/translate.ts";
import { useJson, useRun, useRuns } from "./live.ts";
import { MistakeList } from "./mistakes.tsx";
import { Ago, Duration, Notice, Reconnecting, Section, Status } from "./parts.tsx";
import { ProgressStrip } from "./progress.tsx";
import { ComparisonTable, PlainFigures, ResultFigures } from "./results.tsx";
import { Link } from "./router.tsx";
import { RunActions } from "./run/actions.tsx";
import { Artifacts } from "./run/artifacts.tsx";
import { Lineage } from "./run/lineage.tsx";
import { RunLog } from "./run/log.tsx";
import { headlineFigures, isRecord } from "./summary.ts";

// Only runs of `lime` need it.
const Explanations = lazy(async () => ({
  default: (await import("./lime/explanations.tsx")).Explanations,
}));

// Only runs of labelling need it.
const CorpusView = lazy(async () => ({
  default: (await import("./zero-shot/corpus-view.tsx")).CorpusView,
}));
const ClassifierView = lazy(async () => ({
  default: (await import("./zero-shot/classifier.tsx")).ClassifierView,
}));

/** The page at `/runs/:id`. */
export function RunPage({ id }: { id: string }) {
  const listed = useRuns().value?.find((other) => other.id === id);
  const { run, curves, error, connected } = useRun(id, listed?.attempt);
  document.title = run ? `${run.name} · Deepdive` : "Deepdive";
  if (!run) {
    if (!error) return null;
    const title = error instanceof ApiError ? error.message : t("The server does not answer.");
    return (
      <div className="page">
        <Notice title={title} tone="bad">
          <Link href="/runs">{t("All runs")}</Link>
        </Notice>
      </div>
    );
  }
  return (
    <div className="page">
      <RunHead run={run} />
      {!connected && <Reconnecting />}
      {run.error && <Notice title={run.error} tone="bad" />}
      {run.status === "running" && <ProgressStrip progress={run.progress} />}
      <Results run={run} curves={curves} />
    </div>
  );
}

function RunHead({ run }: { run: RunDetails }) {
  return (
    <div className="page-head">
      {run.project !== null && (
        <Link href={`/projects/${encodeURIComponent(run.project)}`} className="back">
          {t("Project: {name}", { name: run.project })}
        </Link>
      )}{" "}
      <Link href="/runs" className="back">
        <span aria-hidden="true">←</span> {t("All runs")}
      </Link>
      <div className="title-row">
        <h1>{run.name}</h1>
        <Status status={run.status} />
        <RunActions run={run} />
      </div>
      <p className="note">
        {run.lab} · {t("started")} <Ago iso={run.started ?? run.created} /> ·{" "}
        {run.ended ? t("took") : t("running for")} <Duration run={run} /> · <code>{run.id}</code>
      </p>
    </div>
  );
}

/** Fetches an artifact once the run has it, and again when it was replaced by another size. */
function useArtifact<T>(run: RunDetails, name: string): T | undefined {
  const info = run.artifacts.find((artifact) => artifact.name === name);
  const version = `${info?.bytes} ${run.status}`;
  return useJson<T>(info ? artifactUrl(run.id, name) : null, version).value;
}

function Results({ run, curves }: { run: RunDetails; curves: Curves }) {
  const comparison = useArtifact<ComparisonRow[]>(run, "comparison");
  const confusion = useArtifact<ConfusionMatrix>(run, "confusion");
  const mistakes = useArtifact<Mistake[]>(run, "mistakes");
  const dataset = useArtifact<DatasetSummary>(run, "dataset");
  const [kind, setKind] = useState<MistakeKind | null>(null);
  const seconds = phaseSeconds(run.summary);
  // A classifier says what it came to in its own words.
  const product = run.artifacts.some(({ name }) => name === "classifier.onnx");
  return (
    <>
      {comparison ? (
        <ResultFigures rows={comparison} summary={run.summary} />
      ) : (
        !product && <PlainFigures figures={headlineFigures(run.summary, 4)} />
      )}
      {run.lab.startsWith("lime-") && (
        <Suspense fallback={null}>
          <Explanations run={run} />
        </Suspense>
      )}
      {run.lab === "zero-shot-label" && (
        <Suspense fallback={null}>
          <CorpusView run={run} />
        </Suspense>
      )}
      {product && (
        <Suspense fallback={null}>
          <ClassifierView run={run} />
        </Suspense>
      )}
      <CurveCharts curves={curves} />
      <div className="columns">
        {comparison && <ComparisonTable rows={comparison} />}
        {confusion && <ConfusionTable matrix={confusion} chosen={kind} onChoose={setKind} />}
      </div>
      {mistakes && <MistakeList mistakes={mistakes} kind={kind} onKind={setKind} />}
      <div className="columns">
        {dataset && <DatasetTable dataset={dataset} />}
        {seconds && <Timing seconds={seconds} />}
        {!comparison && !product && <Facts title={t("Result")} values={besideDrawn(run)} />}
        <Facts title={t("Settings")} values={run.config} />
        <Facts title={t("Environment")} values={run.environment} />
      </div>
      <Artifacts run={run} />
      <RunLog run={run} />
      <Lineage run={run} />
      <Files run={run} />
    </>
  );
}

/** What a run came to, without the times, labels and sources that are drawn. */
function besideDrawn({ lab, summary }: RunDetails): Json {
  if (!isRecord(summary)) return null;
  const drawn = [
    ...(phaseSeconds(summary) ? ["seconds"] : []),
    ...(lab === "zero-shot-label" ? ["labels", "sources"] : []),
  ];
  return Object.fromEntries(Object.entries(summary).filter(([name]) => !drawn.includes(name)));
}

function CurveCharts({ curves }: { curves: Curves }) {
  const charts = useMemo(() => toCharts(curves), [curves]);
  if (charts.length === 0) return null;
  const [main, others] = [charts.slice(0, 2), charts.slice(2)];
  return (
    <Section title={t("Curves")} note={t("Drag to zoom in, double-click to see all")}>
      <div className="charts">
        {main.map((chart) => (
          <ChartView key={chart.measure} chart={chart} />
        ))}
      </div>
      {others.length > 0 && <MoreCharts charts={others} />}
    </Section>
  );
}

function MoreCharts({ charts }: { charts: ReturnType<typeof toCharts> }) {
  const [open, setOpen] = useState(false);
  return (
    <details className="more" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {plural(charts.length, { one: "{n} more curve", other: "{n} more curves" })}
      </summary>
      {open && (
        <div className="charts">
          {charts.map((chart) => (
            <ChartView key={chart.measure} chart={chart} />
          ))}
        </div>
      )}
    </details>
  );
}
