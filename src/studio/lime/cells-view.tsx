// A table row with its bins, and a text with columns; a click puts the usual value into a cell and asks again.
import { useMemo } from "react";
import type { Json, RunDetails } from "../api.ts";
import { t } from "../i18n/translate.ts";
import {
  type Example,
  type Explanation,
  hiddenText,
  maskOf,
  piecesOf,
  shadeInterval,
  signed,
  strongest,
  weightHint,
} from "./data.ts";
import { useHiding } from "./hiding.tsx";
import { Words } from "./text-view.tsx";

interface ViewProps {
  readonly run: RunDetails;
  readonly example: Example;
  readonly explanation: Explanation;
  readonly model: string | undefined;
}

/** The row alone. */
export function RowView(props: ViewProps) {
  const { example } = props;
  const hiding = useHiding({
    ...props,
    // Runs of earlier versions did not keep the row as numbers.
    model: example.row ? props.model : undefined,
    question: (hidden) => ({ rows: [changedRow(example, hidden)] }),
    invite: t("Click a cell to put the usual value there and ask the model again."),
  });
  return (
    <>
      <Cells {...props} {...hiding} />
      {hiding.bar}
    </>
  );
}

/** The text with the columns below it. */
export function MixedView(props: ViewProps) {
  const { run, example } = props;
  const pieces = useMemo(() => piecesOf(example.text ?? "", example.positions), [example]);
  const hiding = useHiding({
    ...props,
    question: (hidden) => {
      const text = hiddenText(pieces, hidden, maskOf(run.config));
      const mixed: Json = [{ text, columns: changedRow(example, hidden) }];
      return { mixed };
    },
    invite: t("Click a word or a cell to hide it and ask the model again."),
  });
  return (
    <>
      <Words {...props} {...hiding} />
      <Cells {...props} {...hiding} />
      {hiding.bar}
    </>
  );
}

/** Columns are the last of the features. */
function firstCell({ features, cells = [] }: Example): number {
  return features.length - cells.length;
}

function changedRow(example: Example, hidden: ReadonlySet<number>): Json[] {
  const first = firstCell(example);
  return (example.row ?? []).map((value, i) =>
    hidden.has(first + i) ? (example.usual?.[i] ?? null) : value,
  );
}

function Cells(props: {
  example: Example;
  explanation: Explanation;
  hidden: ReadonlySet<number>;
  toggle: ((feature: number) => void) | undefined;
}) {
  const { example, explanation, hidden, toggle } = props;
  const weights = new Map(explanation.weights.map((weight) => [weight.feature, weight]));
  const most = strongest(explanation);
  const first = firstCell(example);
  return (
    <div className="lime-cells">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{t("Column")}</th>
            <th scope="col">{t("Value")}</th>
            <th scope="col">{t("Bin")}</th>
            <th scope="col">{t("Weight")}</th>
          </tr>
        </thead>
        <tbody>
          {example.cells?.map(({ column, value }, i) => {
            const weight = weights.get(first + i);
            return (
              <tr key={column}>
                <th scope="row">{column}</th>
                <td>
                  <button
                    type="button"
                    className="lime-word"
                    disabled={toggle === undefined}
                    aria-pressed={hidden.has(first + i)}
                    aria-label={`${column}: ${value}`}
                    onClick={() => toggle?.(first + i)}
                  >
                    {value}
                  </button>
                </td>
                <td>{example.features[first + i]}</td>
                <td
                  className="number"
                  title={weight && weightHint(weight)}
                  style={weight && { background: shadeInterval(weight, most, "right") }}
                >
                  {weight === undefined ? "" : signed(weight.weight)}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
