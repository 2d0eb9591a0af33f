// What to do with a labelled corpus: review it, label it again, make a classifier of it.
import { artifactUrl, type RunDetails } from "../api.ts";
import { formatCount, formatPercent } from "../format.ts";
import { t } from "../i18n/translate.ts";
import { agreementPath } from "../labelling/shared.ts";
import { useJson } from "../live.ts";
import { Notice, Section } from "../parts.tsx";
import { Link } from "../router.tsx";
import type { Kept } from "./corpus-data.ts";
import { labelledTable, learnFromReviews, makeClassifier } from "./run-again.ts";
import { useStart } from "./use-start.ts";

interface Agreement {
  readonly agreement: { readonly answered: number; readonly agreed: number };
  readonly reviews: readonly unknown[];
}

/** The steps from here. */
export function GoOn({ run, kept, all }: { run: RunDetails; kept: Kept; all: boolean }) {
  const { busy, error, start } = useStart();
  const { value } = useJson<Agreement>(agreementPath(run.id), run.status);
  const { answered = 0, agreed = 0 } = value?.agreement ?? {};
  const table = labelledTable(run);
  const done = run.status === "done";
  // All labels are taken where the slider leaves none out.
  const least = all ? 0 : kept.least;
  return (
    <Section title={t("From labels to a classifier")} className="go-on">
      <ol>
        <li>
          <h3>{t("Look at what is doubtful")}</h3>
          <p className="note">
            {answered > 0
              ? t("{n} answered, {share} of them agree with the guess", {
                  n: formatCount(answered),
                  share: formatPercent(agreed / answered, 0),
                })
              : t("The texts a model doubts most come first: a number key each.")}
          </p>
          <Link className="button" href={`/labelling/${run.id}`}>
            {t("Open the review desk")}
          </Link>
        </li>
        <li>
          <h3>{t("Label again")}</h3>
          <p className="note">
            {t(
              "What you checked keeps its label and teaches the rest. From 30 on it calibrates the confidences.",
            )}
          </p>
          <button
            type="button"
            className="button"
            disabled={busy || !done || answered === 0}
            onClick={() => start(() => learnFromReviews(run))}
          >
            {t("Label again with {n} checked", { n: formatCount(answered) })}
          </button>
        </li>
        <li>
          <h3>{t("Take it with you")}</h3>
          <p className="note">
            {t(
              "A small ONNX file that needs no Deepdive, learnt from the {n} labels that the slider keeps and from what you checked.",
              {
                n: formatCount(kept.kept),
              },
            )}
          </p>
          <div className="lab-links">
            <button
              type="button"
              className="button button-main"
              disabled={busy || !done || kept.kept === 0}
              onClick={() => start(() => makeClassifier(run, least))}
            >
              {busy ? t("Starting…") : t("Make my classifier")}
            </button>
            {table && (
              <a className="button" href={artifactUrl(run.id, table)} download={table}>
                {t("Save the table")}
              </a>
            )}
          </div>
        </li>
      </ol>
      {error && <Notice title={error} tone="bad" />}
    </Section>
  );
}
