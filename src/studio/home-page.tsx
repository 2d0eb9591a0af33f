// The home page: a feed with one card per lab, and what is running.
import type { RunRecord } from "./api.ts";
import { formatPercent } from "./format.ts";
import { t } from "./i18n/translate.ts";
import { type Lab, useLabs } from "./labs/api.ts";
import { LabPicture } from "./labs/lab-picture.tsx";
import { SourceLink } from "./labs/source-link.tsx";
import { useRuns } from "./live.ts";
import { Notice, Reconnecting, Status } from "./parts.tsx";
import { projectSteps } from "./project-steps.ts";
import { Link } from "./router.tsx";
import { RunList } from "./run-list.tsx";

const shownRuns = 3;

/** The page at `/`. */
export function HomePage() {
  const { value: labs, error } = useLabs();
  const { value: runs, connected } = useRuns();
  document.title = "Deepdive";
  const latest = runs?.slice(0, shownRuns) ?? [];
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("What would you like to do?")}</h1>
        <p className="lead">
          {t("Each card is a method that runs here, on your machine, on your data.")}
        </p>
      </div>
      {!connected && <Reconnecting />}
      {error && <Notice title={error.message} tone="bad" />}
      <Projects runs={runs ?? []} />
      <ul className="feed">
        {labs &&
          bySystem(labs).map(([lab, ...others]) => (
            <li key={lab.id}>
              <LabCard lab={lab} others={others} runs={runs ?? []} />
            </li>
          ))}
        {labs && (
          <li>
            <CompareCard runs={runs ?? []} />
          </li>
        )}
      </ul>
      {latest.length > 0 && (
        <section className="page-part" aria-labelledby="latest-runs">
          <div className="part-head">
            <h2 id="latest-runs">{t("Latest runs")}</h2>
            <Link href="/runs">{t("All runs")}</Link>
          </div>
          <RunList runs={latest} />
        </section>
      )}
    </div>
  );
}

/** Pieces of work in several steps, each with how good its model is by now. */
function Projects({ runs }: { runs: readonly RunRecord[] }) {
  const byProject = Map.groupBy(
    runs.filter(({ project }) => project !== null),
    ({ project }) => project as string,
  );
  if (byProject.size === 0) return null;
  return (
    <section className="page-part" aria-labelledby="projects">
      <div className="part-head">
        <h2 id="projects">{t("Projects")}</h2>
      </div>
      <ul className="runs">
        {[...byProject].map(([name, own]) => {
          const last = projectSteps(own).findLast(({ accuracy }) => accuracy !== undefined);
          return (
            <li key={name}>
              <Link className="project-row" href={`/projects/${encodeURIComponent(name)}`}>
                <span className="run-name">{name}</span>
                {last?.accuracy !== undefined && (
                  <span className="note">
                    {t("{share} after “{step}”", {
                      share: formatPercent(last.accuracy),
                      step: last.run.name,
                    })}
                  </span>
                )}
                <Status status={own[0].status} />
              </Link>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** The lab that a system is known for stands first on its card. */
const knownFor = ["zero-shot-label", "lime-text"];

/** Labs of one system together: the first word of their commands is the same. */
function bySystem(labs: readonly Lab[]): Lab[][] {
  const groups = Map.groupBy(labs, ({ name }) => name.split(" ")[0]);
  const rank = (lab: Lab) => (knownFor.includes(lab.id) ? 0 : 1);
  return [...groups.values()].map((group) => group.toSorted((a, b) => rank(a) - rank(b)));
}

/** The plot has no lab: what it compares are the runs of all labs. */
function CompareCard({ runs }: { runs: readonly RunRecord[] }) {
  return (
    <article className="lab-card">
      <LabPicture system="hiplot" runs={[]} />
      <div className="lab-words">
        <h2>{t("Compare runs")}</h2>
        <p>
          {t(
            "Draws every run, or any table, as a line across one axis per setting and figure. Brush axes to see which settings lead to which results. Every training lands in it by itself.",
          )}
        </p>
        <SourceLink source="HiPlot, https://github.com/facebookresearch/hiplot" />
        <div className="lab-links">
          <Link className="button button-main" href="/compare">
            {t("Open the plot")}
          </Link>
          {runs.length > 0 && <Link href="/runs">{t("All runs")}</Link>}
        </div>
      </div>
    </article>
  );
}

interface CardProps {
  readonly lab: Lab;
  readonly others: readonly Lab[];
  readonly runs: readonly RunRecord[];
}

function LabCard({ lab, others, runs }: CardProps) {
  const ids = new Set([lab, ...others].map(({ id }) => id));
  const own = runs.filter((run) => ids.has(run.lab));
  return (
    <article className="lab-card">
      <LabPicture system={lab.name.split(" ")[0] ?? lab.id} runs={own} />
      <div className="lab-words">
        <h2>{lab.title}</h2>
        <p>{lab.summary}</p>
        <SourceLink source={lab.source} />
        <div className="lab-links">
          <Link className="button button-main" href={`/labs/${lab.id}`}>
            {t("Run it")}
          </Link>
          {own.length > 0 && (
            <Link href={`/runs/${own[0].id}`}>
              {t("Latest run: {name}", { name: own[0].name })}
            </Link>
          )}
        </div>
        {others.length > 0 && (
          <ul className="lab-others" aria-label={t("More of it")}>
            {others.map(({ id, title, summary }) => (
              <li key={id}>
                <Link href={`/labs/${id}`} title={summary}>
                  {title}
                </Link>
              </li>
            ))}
          </ul>
        )}
      </div>
    </article>
  );
}
