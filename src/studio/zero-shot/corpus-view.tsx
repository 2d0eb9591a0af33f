// A labelling run on its page: the map of the texts, what the slider keeps, the doctor, the sources, the way on.
import { useEffect, useState } from "react";
import { artifactUrl, type RunDetails } from "../api.ts";
import { formatCount, formatPercent } from "../format.ts";
import { t } from "../i18n/translate.ts";
import { answeredPath, reviewsArtifact } from "../labelling/shared.ts";
import { useJson } from "../live.ts";
import { Section } from "../parts.tsx";
import {
  chosenLabelling,
  firstShare,
  hasOwn,
  type Judged,
  judgedBy,
  keptAt,
  type LabelAdvice,
  type Labelling,
  type MapsView,
  type MapView,
  type Sources,
  type CorpusView as View,
} from "./corpus-data.ts";
import { Coverage, labellingName } from "./coverage.tsx";
import { Doctor } from "./doctor.tsx";
import { GoOn } from "./go-on.tsx";
import { Legend } from "./legend.tsx";
import { SourcesView } from "./sources-view.tsx";
import { TextMap } from "./text-map.tsx";
import { OpenText, TextTable } from "./text-table.tsx";

/** An artifact of a run, fetched again whenever the job has written it anew; the former stays meanwhile. */
function useLatest<T>(run: RunDetails, name: string): T | undefined {
  const info = run.artifacts.find((artifact) => artifact.name === name);
  const version = `${info?.bytes} ${run.status}`;
  const { value } = useJson<T>(info ? artifactUrl(run.id, name) : null, version);
  const [latest, setLatest] = useState<T>();
  useEffect(() => {
    if (value !== undefined) setLatest(value);
  }, [value]);
  return value ?? latest;
}

/** All that the page of a labelling run has of its own. */
export function CorpusView({ run }: { run: RunDetails }) {
  const view = useLatest<View>(run, "corpus.json");
  const maps = useLatest<MapsView>(run, "map.json");
  const advice = useLatest<LabelAdvice[]>(run, "doctor.json");
  const sources = useLatest<Sources>(run, "sources.json");
  if (!view) return null;
  return (
    <>
      <Explorer key={run.id} {...{ run, view, maps }} />
      {advice && <Doctor {...{ run, view, advice }} />}
      {sources && <SourcesView sources={sources} />}
    </>
  );
}

function Explorer({
  run,
  view,
  maps,
}: {
  run: RunDetails;
  view: View;
  maps: MapsView | undefined;
}) {
  const [space, setSpace] = useState<MapView["kind"]>("plain");
  const [own, setOwn] = useState(hasOwn(view));
  const [share, setShare] = useState(() => firstShare(view));
  const [label, setLabel] = useState<number | null>(null);
  const [selected, setSelected] = useState<number | null>(null);
  const map = maps?.maps.find(({ kind }) => kind === space) ?? maps?.maps[0];
  const path = run.artifacts.some(({ name }) => name === reviewsArtifact)
    ? answeredPath(run.id)
    : null;
  const { value: answers } = useJson<{ reviews: readonly Judged[] }>(path, run.status);
  const chosen = chosenLabelling(view, space, own);
  // Answers are about the run's own labels.
  const labelling = chosen.kind === "run" ? judgedBy(chosen, answers?.reviews ?? []) : chosen;
  const kept = keptAt(labelling, share);
  const shown = { view, labelling, kept, label, selected, onSelect: setSelected };
  return (
    <>
      <Section
        title={t("Map of the texts")}
        note={noteOf(view, maps)}
        className="corpus"
        aside={
          <div className="corpus-switches">
            <SpaceSwitch {...{ view, maps, space }} onSpace={setSpace} />
            {hasOwn(view) && (
              <Switch
                name="labels"
                legend={t("Labels")}
                value={own}
                options={[
                  [true, labellingName(view, view.labellings[0])],
                  [false, t("one by one")],
                ]}
                onValue={setOwn}
              />
            )}
          </div>
        }
      >
        <div className="corpus-body">
          <div className="corpus-main">
            {map ? (
              <TextMap {...shown} map={map} />
            ) : (
              <div className="map map-waiting">{t("The map is being drawn…")}</div>
            )}
            <OpenText {...shown} />
          </div>
          <div className="corpus-side">
            <Legend {...shown} onLabel={setLabel} />
          </div>
        </div>
      </Section>
      <Section title={t("How much to label")} note={coverageNote(view, labelling)}>
        <Coverage {...{ view, labelling, share, kept }} onShare={setShare} />
      </Section>
      {/* The run's own labels go on, whichever are looked at. */}
      <GoOn run={run} kept={keptAt(view.labellings[0], share)} all={share === 100} />
      <TextTable {...shown} key={`table ${label}`} />
    </>
  );
}

function noteOf(view: View, maps: MapsView | undefined): string {
  const drawn = t(
    "{shown} of {all} texts by t-SNE of their sentence vectors; a flag stands amid the ten texts nearest to its label",
    {
      shown: formatCount(view.texts.row.length),
      all: formatCount(view.rows),
    },
  );
  if (!maps || maps.done >= maps.total) return drawn;
  return `${drawn} · ${t("still moving: {share}", { share: formatPercent(maps.done / maps.total, 0) })}`;
}

function coverageNote(view: View, { thresholds }: Labelling): string {
  const truth = view.labellings[0].thresholds.known?.at(-1) ?? 0;
  const n = formatCount(truth || (thresholds.known?.at(-1) ?? 0));
  if (truth > 0) {
    return t("Judged on {n} texts whose true label is known; it has taught nothing.", { n });
  }
  return thresholds.known
    ? t("Judged on the {n} texts that you checked, mostly doubtful ones: all others do better.", {
        n,
      })
    : t("No true labels are known: the curve shows confidences, not accuracy.");
}

function SpaceSwitch(props: {
  view: View;
  maps: MapsView | undefined;
  space: MapView["kind"];
  onSpace: (space: MapView["kind"]) => void;
}) {
  const { view, maps, space, onSpace } = props;
  const { projection } = view;
  const there = maps?.maps.some(({ kind }) => kind === "projected") ?? false;
  const why = projection
    ? t("Agreement with clusters of the texts: {plain} before, {projected} after", {
        plain: projection.plain.toFixed(3),
        projected: projection.projected.toFixed(3),
      })
    : t("Z needs word vectors: deepdive data pull word-vectors");
  return (
    <Switch
      name="space"
      legend={t("Space")}
      title={why}
      value={space}
      options={[
        ["plain", t("before Z")],
        ["projected", t("after Z")],
      ]}
      disabled={!there}
      onValue={onSpace}
    />
  );
}

function Switch<T extends string | boolean>(props: {
  name: string;
  legend: string;
  title?: string;
  value: T;
  options: readonly (readonly [T, string])[];
  disabled?: boolean;
  onValue: (value: T) => void;
}) {
  const { name, legend, title, value, options, disabled, onValue } = props;
  return (
    <fieldset className="switch" title={title} disabled={disabled}>
      <legend className="hidden">{legend}</legend>
      {options.map(([option, words]) => (
        <label key={words} data-chosen={option === value || undefined}>
          <input
            type="radio"
            name={name}
            className="hidden"
            checked={option === value}
            onChange={() => onValue(option)}
          />
          {words}
        </label>
      ))}
    </fieldset>
  );
}
