// The confusion matrix as a heat table; a wrong cell is a button that filters the list of mistakes.

import type { CSSProperties } from "react";
import type { ConfusionMatrix } from "./api.ts";
import { formatCount, formatPercent } from "./format.ts";
import { t } from "./i18n/translate.ts";
import { Section } from "./parts.tsx";

/** A kind of mistake: this class was taken for that one. */
export interface MistakeKind {
  readonly truth: string;
  readonly predicted: string;
}

/** Rows are true classes, columns predicted ones; the shade is the share of the row. */
export function ConfusionTable(props: {
  matrix: ConfusionMatrix;
  chosen: MistakeKind | null;
  onChoose: (kind: MistakeKind | null) => void;
}) {
  const { classes, counts } = props.matrix;
  return (
    <Section
      title={t("Confusion matrix")}
      note={t("Held-out texts; choose a mistake to see its texts")}
    >
      <div className="scroll">
        <table className="confusion">
          <thead>
            <tr>
              <td />
              <th scope="colgroup" colSpan={classes.length} className="axis">
                {t("Predicted")}
              </th>
            </tr>
            <tr>
              <th scope="col" className="axis axis-true">
                {t("True")}
              </th>
              {classes.map((name) => (
                <th scope="col" key={name}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {classes.map((truth, row) => (
              <tr key={truth}>
                <th scope="row">{truth}</th>
                {classes.map((predicted, column) => (
                  <td key={predicted}>
                    <Cell
                      {...props}
                      kind={{ truth, predicted }}
                      row={counts[row]}
                      column={column}
                    />
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

function Cell(props: {
  kind: MistakeKind;
  row: readonly number[];
  column: number;
  chosen: MistakeKind | null;
  onChoose: (kind: MistakeKind | null) => void;
}) {
  const { kind, row, column, chosen, onChoose } = props;
  const count = row[column];
  const share =
    count /
    Math.max(
      1,
      row.reduce((sum, other) => sum + other, 0),
    );
  const right = kind.truth === kind.predicted;
  const style = { "--heat": share.toFixed(3) } as CSSProperties;
  const content = (
    <>
      <span className="cell-count">{formatCount(count)}</span>
      <span className="cell-share">{formatPercent(share)}</span>
    </>
  );
  if (right || count === 0) {
    return (
      <div className={`cell ${right ? "cell-right" : "cell-none"}`} style={style}>
        {content}
      </div>
    );
  }
  const isChosen = chosen?.truth === kind.truth && chosen.predicted === kind.predicted;
  return (
    <button
      type="button"
      className="cell cell-wrong"
      style={style}
      aria-pressed={isChosen}
      title={t("{count} × {truth} taken for {predicted}", { count, ...kind })}
      onClick={() => onChoose(isChosen ? null : kind)}
    >
      {content}
    </button>
  );
}
