// The classifier that a run made: how good it is, and its files.
import { artifactUrl, type RunDetails } from "../api.ts";
import { formatBytes, formatCount, formatPercent } from "../format.ts";
import { t } from "../i18n/translate.ts";
import { Section } from "../parts.tsx";
import { isRecord } from "../summary.ts";

/** Shown on runs of `zero-shot export`. */
export function ClassifierView({ run }: { run: RunDetails }) {
  const model = run.artifacts.find(({ name }) => name === "classifier.onnx");
  if (!model) return null;
  const figure = (name: string) => {
    const value = isRecord(run.summary) ? run.summary[name] : undefined;
    return typeof value === "number" ? value : null;
  };
  const [seen, unseen] = [figure("agreement"), figure("agreementUnseen")];
  const facts = [
    { name: t("learnt from"), value: t("{n} texts", { n: formatCount(figure("rows") ?? 0) }) },
    { name: t("agrees with its labels"), value: seen === null ? "–" : formatPercent(seen) },
    { name: t("on texts left out"), value: unseen === null ? "–" : formatPercent(unseen) },
    { name: t("words and pairs known"), value: formatCount(figure("terms") ?? 0) },
  ];
  return (
    <Section
      title={t("Your classifier")}
      note={t("Runs in any ONNX Runtime: Node, browser, Python, C++. The card says how.")}
      aside={
        <div className="lab-links">
          <a
            className="button button-main"
            href={artifactUrl(run.id, model.name)}
            download={model.name}
          >
            {t("Save the classifier")} ({formatBytes(model.bytes)})
          </a>
          {["labels.json", "card.md"].map((name) => (
            <a key={name} className="button" href={artifactUrl(run.id, name)} download={name}>
              {name}
            </a>
          ))}
        </div>
      }
    >
      <dl className="coverage-figures">
        {facts.map(({ name, value }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}
