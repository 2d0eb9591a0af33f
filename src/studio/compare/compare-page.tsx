// Many runs, or any table, in one plot.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type ChangeEvent, type FormEvent, useEffect, useMemo, useState } from "react";
import { parseCsv } from "../../systems/hiplot/core/csv.ts";
import { frameOfTable } from "../../systems/hiplot/core/table-frame.ts";
import { fetchJson, type MetricsResult, type RunRecord } from "../api.ts";
import type { ViewData } from "../hiplot/element.ts";
import { t } from "../i18n/translate.ts";
import { useRuns } from "../live.ts";
import { Notice, Reconnecting } from "../parts.tsx";
import { HiplotView } from "./hiplot-view.tsx";
import { fetchUri, linkedUri, startView } from "./load-uri.ts";
import { runsData, type StepsByRun, stepsData, withoutIds } from "./runs-frame.ts";

type Source =
  | { readonly kind: "runs" | "steps" }
  | {
      readonly kind: "file";
      readonly name: string;
      readonly data: ViewData;
      readonly uri?: string;
    };

/** Steps are fetched for this many runs at most. */
const steppedRuns = 60;

/** How often the steps of running runs are asked for. */
const growingMs = 3_000;

/** The page at `/compare`; `?sweep=…` shows the runs of a sweep. */
export function ComparePage() {
  const { value: runs, connected } = useRuns();
  const [source, setSource] = useState<Source>({ kind: "runs" });
  const [error, setError] = useState("");
  const [lab, setLab] = useState("");
  document.title = `${t("Compare")} · Deepdive`;
  const labs = [...new Set(runs?.map((run) => run.lab))].sort();
  const sweep = useMemo(() => new URLSearchParams(window.location.search).get("sweep"), []);
  const chosen = useMemo(
    () => runs?.filter((run) => (!lab || run.lab === lab) && (!sweep || run.sweep === sweep)) ?? [],
    [runs, lab, sweep],
  );
  const steps = useSteps(source.kind === "steps" ? chosen.slice(0, steppedRuns) : null);
  const data = useMemo(() => {
    if (source.kind === "file") return source.data;
    if (chosen.length === 0) return null;
    if (source.kind === "runs") return runsData(chosen);
    return steps && stepsData(chosen.slice(0, steppedRuns), steps);
  }, [source, chosen, steps]);
  const show = async (label: string, read: () => Promise<ViewData>, uri: string | null = null) => {
    try {
      const data = await read();
      // The address keeps the view of what was shown before: a link that is opened brings its own.
      if (uri === null || uri !== linkedUri()) startView(uri);
      setSource({ kind: "file", name: label, data, ...(uri !== null && { uri }) });
      setError("");
    } catch (problem) {
      setError(`${label}: ${(problem as Error).message}`);
    }
  };
  const open = async (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0];
    if (file) await show(file.name, () => readTable(file));
  };
  const load = (uri: string) => show(uri.split("\n")[0], () => fetchUri(uri), uri);
  const uri = source.kind === "file" ? source.uri : undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another function would build the view anew.
  const refresh = useMemo(() => (uri === undefined ? undefined : () => void load(uri)), [uri]);
  const choose = (kind: "runs" | "steps") => {
    startView(null);
    setSource({ kind });
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: what the address says is loaded once.
  useEffect(() => {
    const uri = linkedUri();
    if (uri !== null) void load(uri);
  }, []);
  const name = source.kind === "file" ? source.name : `${source.kind} ${lab} ${sweep ?? ""}`;
  return (
    <div className="page page-wide">
      <div className="page-head page-head-row">
        <h1>{t("Compare")}</h1>
        <div className="chips">
          <button
            type="button"
            className="chip"
            aria-pressed={source.kind === "runs"}
            onClick={() => choose("runs")}
          >
            {t("Runs")}
          </button>
          <button
            type="button"
            className="chip"
            aria-pressed={source.kind === "steps"}
            onClick={() => choose("steps")}
          >
            {t("Every step")}
          </button>
          {labs.length > 1 && source.kind !== "file" && (
            <select
              className="chip"
              aria-label={t("Lab")}
              value={lab}
              onChange={(event) => setLab(event.target.value)}
            >
              <option value="">{t("All labs")}</option>
              {labs.map((each) => (
                <option key={each}>{each}</option>
              ))}
            </select>
          )}
          <label className="chip file-button">
            {source.kind === "file" && uri === undefined ? source.name : t("Open a CSV file")}
            <input type="file" accept=".csv,.tsv,text/csv" className="hidden" onChange={open} />
          </label>
          <UriField onLoad={load} />
        </div>
      </div>
      {!connected && <Reconnecting />}
      {error && <Notice title={error} tone="bad" />}
      {data && data.frame.rows > 0 ? (
        <div className="plot-card">
          <HiplotView name={name} data={data} onRefresh={refresh} />
        </div>
      ) : (
        runs && (
          <Notice title={t("Nothing to compare yet")}>
            {t("Each run becomes a line here. A CSV file can be opened as well.")}
          </Notice>
        )
      )}
    </div>
  );
}

/** A field for what the server can read: demos, recorded runs, files of the data folder. */
function UriField({ onLoad }: { onLoad: (uri: string) => void }) {
  const [uri, setUri] = useState(linkedUri() ?? "");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (uri.trim() !== "") onLoad(uri.trim());
  };
  return (
    <form className="uri-field" onSubmit={submit}>
      <input
        className="chip"
        value={uri}
        onChange={(event) => setUri(event.target.value)}
        placeholder={t("demo, run://…, a file")}
        aria-label={t("Load rows by URI")}
      />
    </form>
  );
}

function useSteps(runs: readonly RunRecord[] | null): StepsByRun | undefined {
  const key = runs?.map(({ id, status }) => `${id} ${status}`).join();
  const isGrowing = runs?.some(({ ended }) => ended === null) ?? false;
  const { data } = useQuery({
    queryKey: ["steps", key],
    enabled: runs !== null,
    // New steps of runs that go on arrive by themselves, and what is shown stays until they do.
    refetchInterval: isGrowing ? growingMs : false,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const found = (runs ?? []).map(
        async ({ id }) =>
          [
            id,
            await fetchJson<MetricsResult>(`/api/runs/${id}/metrics?maxPoints=200`, signal),
          ] as const,
      );
      return new Map(await Promise.all(found));
    },
  });
  return data;
}

async function readTable(file: File): Promise<ViewData> {
  const { columns } = parseCsv(new Uint8Array(await file.arrayBuffer()));
  return { frame: frameOfTable(columns, { repair: true }).frame, settings: withoutIds };
}
