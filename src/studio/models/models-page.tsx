// The models that runs have left, and the graph of an ONNX file.
import { useQuery } from "@tanstack/react-query";
import { type ChangeEvent, useState } from "react";
import { artifactUrl, fetchJson, type RunDetails, type RunRecord } from "../api.ts";
import { formatBytes, formatCount } from "../format.ts";
import { t } from "../i18n/translate.ts";
import { useRuns } from "../live.ts";
import { Ago, Notice, Section } from "../parts.tsx";
import { Link } from "../router.tsx";
import { type Graph, layOut, readGraph } from "./onnx-graph.ts";

/** Models are looked for in this many of the latest finished runs. */
const searchedRuns = 40;

interface Opened {
  readonly name: string;
  readonly bytes: number;
  readonly graph: Graph;
}

/** The page at `/models`. */
export function ModelsPage() {
  const { value: runs } = useRuns();
  const [opened, setOpened] = useState<Opened | null>(null);
  const [error, setError] = useState("");
  document.title = `${t("Models")} · Deepdive`;
  const found = useModels(runs?.filter((run) => run.status === "done").slice(0, searchedRuns));
  const open = async (name: string, load: () => Promise<ArrayBuffer>) => {
    try {
      const bytes = new Uint8Array(await load());
      setOpened({ name, bytes: bytes.length, graph: readGraph(bytes) });
      setError("");
    } catch (problem) {
      setError(`${name}: ${(problem as Error).message}`);
    }
  };
  const choose = (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0];
    if (file) open(file.name, () => file.arrayBuffer());
  };
  return (
    <div className="page">
      <div className="page-head page-head-row">
        <div>
          <h1>{t("Models")}</h1>
          <p className="lead">{t("What your runs have learned, ready to be used elsewhere.")}</p>
        </div>
        <label className="button file-button">
          {t("Open an ONNX file")}
          <input type="file" accept=".onnx" className="hidden" onChange={choose} />
        </label>
      </div>
      {error && <Notice title={error} tone="bad" />}
      {opened && <GraphView {...opened} />}
      {found?.length === 0 && (
        <Notice title={t("No models yet")}>{t("A run that trains one leaves it here.")}</Notice>
      )}
      <ul className="runs">
        {found?.map((run) => (
          <li key={run.id} className="card model-card">
            <div>
              <Link href={`/runs/${run.id}`}>{run.name}</Link>
              <p className="note">
                {run.lab} · <Ago iso={run.created} />
              </p>
            </div>
            <ul className="files">
              {run.artifacts
                .filter(({ kind }) => kind === "model")
                .map(({ name, bytes }) => (
                  <li key={name}>
                    <a href={artifactUrl(run.id, name)} download={name.split("/").at(-1)}>
                      {name}
                    </a>
                    {name.endsWith(".onnx") && (
                      <button
                        type="button"
                        className="chip"
                        onClick={() =>
                          open(name, async () =>
                            (await fetch(artifactUrl(run.id, name))).arrayBuffer(),
                          )
                        }
                      >
                        {t("Draw the graph")}
                      </button>
                    )}
                    <span className="number">{formatBytes(bytes)}</span>
                  </li>
                ))}
            </ul>
          </li>
        ))}
      </ul>
    </div>
  );
}

function useModels(runs: readonly RunRecord[] | undefined): readonly RunDetails[] | undefined {
  const { data } = useQuery({
    queryKey: ["models", runs?.map(({ id }) => id).join()],
    enabled: runs !== undefined,
    queryFn: async ({ signal }) => {
      const details = await Promise.all(
        (runs ?? []).map(({ id }) => fetchJson<RunDetails>(`/api/runs/${id}`, signal)),
      );
      return details.filter(({ artifacts }) => artifacts.some(({ kind }) => kind === "model"));
    },
  });
  return data;
}

const cell = { width: 132, height: 52 };
const box = { width: 116, height: 30 };

function GraphView({ name, bytes, graph }: Opened) {
  const { boxes, arrows, layers, widest } = layOut(graph);
  const centre = (index: number) => ({
    x: (boxes[index].place + 0.5) * cell.width,
    y: (boxes[index].layer + 0.5) * cell.height,
  });
  const counts = new Map<string, number>();
  for (const { op } of graph.nodes) counts.set(op, (counts.get(op) ?? 0) + 1);
  const most = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 8);
  return (
    <Section
      title={name}
      note={`${formatBytes(bytes)} · ${t("{n} nodes", { n: formatCount(graph.nodes.length) })} · ${graph.producer}`}
    >
      <p className="note">{most.map(([op, count]) => `${count} × ${op}`).join(", ")}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <section className="graph" tabIndex={0} aria-label={t("Graph of {name}", { name })}>
        <svg
          width={widest * cell.width}
          height={layers * cell.height}
          role="img"
          aria-label={t("{n} nodes", { n: graph.nodes.length })}
        >
          {arrows.map(([from, to]) => {
            const [a, b] = [centre(from), centre(to)];
            const [y1, y2] = [a.y + box.height / 2, b.y - box.height / 2];
            const d = `M${a.x} ${y1}C${a.x} ${y1 + 14} ${b.x} ${y2 - 14} ${b.x} ${y2}`;
            return <path key={`${from}-${to}`} d={d} />;
          })}
          {boxes.map(({ label, title, kind }, index) => {
            const { x, y } = centre(index);
            return (
              // biome-ignore lint/suspicious/noArrayIndexKey: boxes are known by their place.
              <g key={index} className={`graph-${kind}`}>
                <title>{title}</title>
                <rect
                  x={x - box.width / 2}
                  y={y - box.height / 2}
                  width={box.width}
                  height={box.height}
                  rx="7"
                />
                <text x={x} y={y + 4.5}>
                  {label.length > 15 ? `${label.slice(0, 14)}…` : label}
                </text>
              </g>
            );
          })}
        </svg>
      </section>
    </Section>
  );
}
