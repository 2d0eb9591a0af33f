// Data that stays up to date: fetched once, then changed by the server's events.
import { QueryClient, useQuery } from "@tanstack/react-query";
import { useEffect, useState, useSyncExternalStore } from "react";
import {
  ApiError,
  type ArtifactInfo,
  fetchJson,
  type JobProgress,
  type MetricPoint,
  type MetricsResult,
  type RunDetails,
  type RunRecord,
} from "./api.ts";
import { addPoints, type Curves, toCurves } from "./curves.ts";

/** Something that is fetched: there, on its way, or failed. */
export interface Loaded<T> {
  readonly value?: T;
  readonly error?: Error;
}

/** Everything fetched, shared by all pages: going back shows at once what was there before. */
export const queryClient = new QueryClient({
  defaultOptions: { queries: { staleTime: 2_000, retry: retryWhileAway, retryDelay: 1_000 } },
});

/** An answer of the server is final; a server that is away may come back. */
function retryWhileAway(failures: number, error: Error): boolean {
  return !(error instanceof ApiError) && failures < 30;
}

/** Fetches JSON, and again whenever `path` or `version` changes; null fetches nothing. */
export function useJson<T>(path: string | null, version: unknown = 0): Loaded<T> {
  const { data, error } = useQuery({
    queryKey: [path, version],
    queryFn: ({ signal }) => fetchJson<T>(path as string, signal),
    enabled: path !== null,
  });
  return { value: data, error: error ?? undefined };
}

/** Listens to a stream of events; `onState` hears whether the connection stands. */
function listen(
  url: string,
  handlers: Readonly<Record<string, (data: never) => void>>,
  onState: (connected: boolean) => void,
): () => void {
  const source = new EventSource(url);
  source.onopen = () => onState(true);
  source.onerror = () => onState(false);
  for (const [name, handle] of Object.entries(handlers)) {
    source.addEventListener(name, (event) => handle(JSON.parse(event.data) as never));
  }
  return () => source.close();
}

const runsKey = ["runs"];
let connected = true;
const connectionListeners = new Set<() => void>();

function setConnected(up: boolean): void {
  connected = up;
  for (const listener of connectionListeners) listener();
}

/**
 * Keeps the list of runs up to date with one stream for the whole page. Each (re)connection starts
 * from a fresh list: what happened in between is in it.
 */
export function followRuns(): () => void {
  const onRun = (run: RunRecord) =>
    queryClient.setQueryData<readonly RunRecord[]>(runsKey, (runs = []) => {
      const known = runs.some((old) => old.id === run.id);
      return known ? runs.map((old) => (old.id === run.id ? run : old)) : [run, ...runs];
    });
  const onRemoved = ({ id }: { id: string }) =>
    queryClient.setQueryData<readonly RunRecord[]>(runsKey, (runs = []) =>
      runs.filter((run) => run.id !== id),
    );
  return listen("/api/events", { run: onRun, removed: onRemoved }, (up) => {
    setConnected(up);
    if (up) queryClient.invalidateQueries({ queryKey: runsKey });
  });
}

/** All runs, newest first, kept up to date. */
export function useRuns(): Loaded<readonly RunRecord[]> & { connected: boolean } {
  const { data, error } = useQuery({
    queryKey: runsKey,
    queryFn: async ({ signal }) =>
      (await fetchJson<{ runs: RunRecord[] }>("/api/runs?limit=200", signal)).runs,
  });
  const up = useSyncExternalStore(
    (listener) => {
      connectionListeners.add(listener);
      return () => connectionListeners.delete(listener);
    },
    () => connected,
  );
  return { value: data, error: error ?? undefined, connected: up };
}

/** One run with its curves, kept up to date while it lasts. */
export interface LiveRun {
  readonly run?: RunDetails;
  readonly curves: Curves;
  readonly error?: Error;
  readonly connected: boolean;
}

const noCurves: Curves = new Map();

/**
 * Follows the run `id`; live points are drawn at most once per frame. A run that is taken up again
 * has another `attempt`, and is followed anew.
 */
export function useRun(id: string, attempt = 0): LiveRun {
  const [state, setState] = useState<LiveRun>({ curves: noCurves, connected: true });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt is a reason to begin anew.
  useEffect(() => {
    const controller = new AbortController();
    let leave = () => {};
    let frame = 0;
    let waiting: MetricPoint[] = [];
    const drawWaiting = () => {
      frame = 0;
      const points = waiting;
      waiting = [];
      setState((old) => ({ ...old, curves: addPoints(old.curves, points) }));
    };
    const change = (part: (run: RunDetails) => Partial<RunDetails>) =>
      setState((old) => (old.run ? { ...old, run: { ...old.run, ...part(old.run) } } : old));
    const handlers = {
      run: (run: RunRecord) => {
        change((old) => ({ ...run, progress: run.ended ? null : old.progress }));
        // Nothing comes after the end, and a browser allows few open connections to one host.
        if (run.ended) leave();
      },
      progress: (progress: JobProgress) => change(() => ({ progress })),
      artifact: (artifact: ArtifactInfo) =>
        change(({ artifacts }) => ({
          artifacts: [...artifacts.filter(({ name }) => name !== artifact.name), artifact],
        })),
      metrics: ({ points }: { points: MetricPoint[] }) => {
        waiting.push(...points);
        frame ||= requestAnimationFrame(drawWaiting);
      },
    };
    const start = async () => {
      const [run, metrics] = await Promise.all([
        fetchJson<RunDetails>(`/api/runs/${id}`, controller.signal),
        fetchJson<MetricsResult>(`/api/runs/${id}/metrics?maxPoints=1000`, controller.signal),
      ]);
      if (controller.signal.aborted) return;
      setState({ run, curves: toCurves(metrics.series), connected: true });
      if (run.ended) return;
      const onState = (connected: boolean) => setState((old) => ({ ...old, connected }));
      leave = listen(`/api/runs/${id}/events?after=${metrics.cursor}`, handlers, onState);
    };
    start().catch((error: Error) => {
      if (!controller.signal.aborted) setState((old) => ({ ...old, error }));
    });
    return () => {
      controller.abort();
      cancelAnimationFrame(frame);
      leave();
    };
  }, [id, attempt]);
  return state;
}
