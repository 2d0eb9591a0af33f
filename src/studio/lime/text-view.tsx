// A text in place, coloured by weight; a click hides or shows a word and asks the model again.
import { useMemo } from "react";
import type { RunDetails } from "../api.ts";
import { t } from "../i18n/translate.ts";
import {
  type Example,
  type Explanation,
  hiddenText,
  maskOf,
  piecesOf,
  shadeInterval,
  strongest,
  weightHint,
} from "./data.ts";
import { useHiding } from "./hiding.tsx";

/** The text of an example; only where the run's model can be asked do words answer to clicks. */
export function TextView(props: {
  run: RunDetails;
  example: Example;
  explanation: Explanation;
  model: string | undefined;
}) {
  const { run, example, explanation, model } = props;
  const pieces = useMemo(() => piecesOf(example.text ?? "", example.positions), [example]);
  const { hidden, toggle, bar } = useHiding({
    ...{ run, explanation, model },
    question: (chosen) => ({ texts: [hiddenText(pieces, chosen, maskOf(run.config))] }),
    invite: t("Click a word to hide it and ask the model again."),
  });
  return (
    <div className="lime-text">
      <Words {...{ example, explanation, hidden, toggle }} />
      {bar}
    </div>
  );
}

/** The words in place. */
export function Words(props: {
  example: Example;
  explanation: Explanation;
  hidden: ReadonlySet<number>;
  toggle: ((feature: number) => void) | undefined;
}) {
  const { example, explanation, hidden, toggle } = props;
  const pieces = useMemo(() => piecesOf(example.text ?? "", example.positions), [example]);
  const weights = new Map(explanation.weights.map((weight) => [weight.feature, weight]));
  const most = strongest(explanation);
  return (
    <p className="lime-words">
      {pieces.map(({ text, feature, start }) => {
        if (feature < 0) return <span key={start}>{text}</span>;
        const weight = weights.get(feature);
        return (
          <button
            key={start}
            type="button"
            className="lime-word"
            disabled={toggle === undefined}
            aria-pressed={hidden.has(feature)}
            title={weight && weightHint(weight)}
            style={
              weight && !hidden.has(feature)
                ? { background: shadeInterval(weight, most) }
                : undefined
            }
            onClick={() => toggle?.(feature)}
          >
            {text}
          </button>
        );
      })}
    </p>
  );
}
