// Sources of votes: how much each covers, how often it contradicts the others, and who agrees with whom.
import { formatPercent } from "../format.ts";
import { t } from "../i18n/translate.ts";
import { Section } from "../parts.tsx";
import type { Sources } from "./corpus-data.ts";

/** A table of figures, and the matrix of agreement. */
export function SourcesView({ sources: { sources, agreement } }: { sources: Sources }) {
  const judged = sources.some(({ right }) => typeof right === "number");
  const share = (value: number | null | undefined) =>
    typeof value === "number" ? formatPercent(value) : "–";
  return (
    <Section
      title={t("Sources of votes")}
      note={t(
        "Joined by Dawid and Skene’s model, which estimates how often each is right without true labels",
      )}
    >
      <div className="scroll">
        <table className="table sources">
          <thead>
            <tr>
              <th scope="col">{t("Source")}</th>
              <th scope="col" className="number">
                {t("covers")}
              </th>
              <th scope="col" className="number">
                {t("overlaps")}
              </th>
              <th scope="col" className="number">
                {t("contradicts")}
              </th>
              <th scope="col" className="number">
                {t("right (estimate)")}
              </th>
              {judged && (
                <th scope="col" className="number">
                  {t("right (true)")}
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {sources.map(({ name, coverage, overlap, conflict, accuracy, right }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td className="number">{share(coverage)}</td>
                <td className="number">{share(overlap)}</td>
                <td className="number">{share(conflict)}</td>
                <td className="number">{share(accuracy)}</td>
                {judged && <td className="number">{share(right)}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <h3 className="sources-head">{t("How often two agree where both vote")}</h3>
      <div className="scroll">
        <table className="sources-matrix">
          <thead>
            <tr>
              <td />
              {sources.map(({ name }) => (
                <th scope="col" key={name} title={name}>
                  <span>{name}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {sources.map(({ name }, a) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {agreement[a].map((value, b) => (
                  <td
                    key={sources[b].name}
                    style={
                      value === null || a === b
                        ? undefined
                        : {
                            background: `color-mix(in srgb, var(--series-1) ${Math.round(55 * value)}%, var(--surface))`,
                          }
                    }
                  >
                    {a === b ? "" : value === null ? "–" : formatPercent(value, 0)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}
