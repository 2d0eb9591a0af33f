// The list of all runs, newest first.
import { plural, t } from "./i18n/translate.ts";
import { useRuns } from "./live.ts";
import { Notice, Reconnecting } from "./parts.tsx";
import { RunList } from "./run-list.tsx";

/** The page at `/runs`. */
export function RunsPage() {
  const { value: runs, error, connected } = useRuns();
  document.title = `${t("Runs")} · Deepdive`;
  const running = runs?.filter((run) => run.status === "running").length ?? 0;
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("Runs")}</h1>
        {runs && runs.length > 0 && (
          <p className="note">
            {plural(runs.length, {
              one: "{n} run in this data folder",
              other: "{n} runs in this data folder",
            })}
            {running > 0 && `, ${t("{n} running now", { n: running })}`}
          </p>
        )}
      </div>
      {(!connected || error) && <Reconnecting />}
      {runs?.length === 0 && <NoRuns />}
      {runs && runs.length > 0 && <RunList runs={runs} />}
    </div>
  );
}

function NoRuns() {
  return (
    <Notice title={t("No runs yet")}>
      <p>{t("Train a classifier on real mails, or on a table of your own:")}</p>
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
