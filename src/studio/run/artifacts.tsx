// What a run left behind, shown by its kind: tables, pictures, texts, pages, sounds, models.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type ArtifactInfo, artifactUrl, type Json, type RunDetails } from "../api.ts";
import { formatBytes } from "../format.ts";
import { t } from "../i18n/translate.ts";
import { Section } from "../parts.tsx";
import { isRecord } from "../summary.ts";
import { DataTable, type TableData, toTable } from "../table.tsx";

/** Larger files are offered to be saved, not shown. */
const shownBytes = 4_000_000;
/** Shown by the page itself in a better way. */
const shownElsewhere = new Set([
  ...["dataset", "confusion", "mistakes", "comparison"],
  ...["corpus.json", "map.json", "doctor.json", "sources.json", "similar.json"],
  ...["explanations.json", "neighbours.json", "regions.json"],
]);

/** Artifacts that can be looked at, the first one open. */
export function Artifacts({ run }: { run: RunDetails }) {
  const shown = run.artifacts.filter(
    ({ name, kind, bytes }) =>
      !shownElsewhere.has(name) && kind !== "model" && (bytes <= shownBytes || kind === "image"),
  );
  const [chosen, setChosen] = useState("");
  if (shown.length === 0) return null;
  const open = shown.find(({ name }) => name === chosen) ?? shown[0];
  return (
    <Section title={t("Results")}>
      {shown.length > 1 && (
        <fieldset className="chips">
          <legend className="hidden">{t("Results")}</legend>
          {shown.map(({ name }) => (
            <button
              key={name}
              type="button"
              className="chip"
              aria-pressed={name === open.name}
              onClick={() => setChosen(name)}
            >
              {name}
            </button>
          ))}
        </fieldset>
      )}
      <ArtifactView key={`${open.name} ${open.bytes}`} run={run} artifact={open} />
    </Section>
  );
}

function ArtifactView({ run, artifact }: { run: RunDetails; artifact: ArtifactInfo }) {
  const { name, kind, mediaType } = artifact;
  const url = artifactUrl(run.id, name);
  if (kind === "image" || mediaType.startsWith("image/")) {
    return <img className="artifact-image" src={url} alt={name} />;
  }
  // biome-ignore lint/a11y/useMediaCaption: what a run made has no captions.
  if (mediaType.startsWith("audio/")) return <audio controls src={url} />;
  if (kind === "html" || mediaType.startsWith("text/html")) {
    // Scripts of a run's page run in an origin of their own, away from the Studio.
    const title = `${name} (${run.name})`;
    return (
      <iframe
        className="artifact-page"
        title={title}
        sandbox="allow-scripts"
        src={`${url}?frame=1`}
      />
    );
  }
  return <TextArtifact url={url} artifact={artifact} />;
}

function TextArtifact({ url, artifact }: { url: string; artifact: ArtifactInfo }) {
  const { data, error } = useQuery({
    queryKey: ["artifact", url, artifact.bytes],
    queryFn: async ({ signal }) => (await fetch(url, { signal })).text(),
  });
  if (error) return <p className="empty">{error.message}</p>;
  if (data === undefined) return null;
  const table = readTable(data, artifact);
  if (table) return <DataTable table={table} label={artifact.name} />;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <pre className="log" tabIndex={0}>
      {data.slice(0, 100_000)}
      {data.length > 100_000 && `\n… ${formatBytes(data.length)}`}
    </pre>
  );
}

function readTable(text: string, { mediaType }: ArtifactInfo): TableData | null {
  if (mediaType.startsWith("text/csv")) return toTable(text);
  if (!mediaType.startsWith("application/json")) return null;
  const value = JSON.parse(text) as Json;
  const list = Array.isArray(value)
    ? value
    : isRecord(value)
      ? Object.values(value).find((inner) => Array.isArray(inner))
      : undefined;
  if (!Array.isArray(list) || !list.every(isRecord)) return null;
  const names = [...new Set(list.flatMap((row) => Object.keys(row)))];
  const rows = list.map((row) =>
    names.map((name) => {
      const cell = row[name];
      if (cell === undefined || cell === null) return "";
      return typeof cell === "object" ? JSON.stringify(cell) : String(cell);
    }),
  );
  return { names, rows };
}
