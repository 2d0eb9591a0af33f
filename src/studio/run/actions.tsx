// What can be done with a run: stop it, let it go on, run it again with other settings.
import { useState } from "react";
import type { RunDetails } from "../api.ts";
import { t } from "../i18n/translate.ts";
import { postJson, useLabs } from "../labs/api.ts";
import { Link } from "../router.tsx";

/** The buttons beside a run's name. */
export function RunActions({ run }: { run: RunDetails }) {
  const [asked, setAsked] = useState("");
  const [error, setError] = useState("");
  // Some runs are steps of a larger job and have no form of their own.
  const again = useLabs().value?.some(({ id }) => id === run.lab) ?? false;
  const lasting = run.status === "running" || run.status === "queued";
  const resumable = ["stopped", "failed", "interrupted"].includes(run.status);
  const send = async (deed: "stop" | "resume") => {
    setError("");
    setAsked(`${deed} ${run.status}`);
    try {
      await postJson(`/api/runs/${run.id}/${deed}`, {});
    } catch (problem) {
      setError((problem as Error).message);
      setAsked("");
    }
  };
  // A button waits until the run's state has changed.
  const waiting = asked !== "" && asked.endsWith(run.status);
  return (
    <div className="run-actions">
      {lasting && (
        <button type="button" className="button" disabled={waiting} onClick={() => send("stop")}>
          {waiting ? t("Stopping…") : t("Stop")}
        </button>
      )}
      {resumable && (
        <button
          type="button"
          className="button button-main"
          disabled={waiting}
          onClick={() => send("resume")}
        >
          {waiting ? t("Going on…") : t("Resume")}
        </button>
      )}
      {!lasting && again && (
        <Link className="button" href={`/labs/${run.lab}`}>
          {t("Run again")}
        </Link>
      )}
      {error && (
        <span className="run-error" role="alert">
          {error}
        </span>
      )}
    </div>
  );
}
