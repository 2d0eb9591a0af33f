// A text in place, coloured by weight; a click hides or shows a word and asks the model again.
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { Json, RunDetails } from "../api.ts";
import { t } from "../i18n/translate.ts";
import { callLab } from "../labs/api.ts";
import {
  type Example,
  type Explanation,
  hiddenText,
  maskOf,
  piecesOf,
  shade,
  signed,
  strongest,
} from "./data.ts";

interface Answer {
  readonly outputs: readonly (readonly number[])[];
}

/** The text of an example; only where the run's model can be asked do words answer to clicks. */
export function TextView(props: {
  run: RunDetails;
  example: Example;
  explanation: Explanation;
  model: string | undefined;
}) {
  const { run, example, explanation, model } = props;
  const [hidden, setHidden] = useState<ReadonlySet<number>>(new Set());
  const pieces = useMemo(() => piecesOf(example.text ?? "", example.positions), [example]);
  const weights = new Map(explanation.weights.map((weight) => [weight.feature, weight]));
  const most = strongest(explanation);
  const { outputs } = run.config as { outputs?: string };
  const changed = hiddenText(pieces, hidden, maskOf(run.config));
  const { data, error } = useQuery({
    queryKey: ["lime-ask", model, outputs, changed],
    queryFn: () => {
      const input = { model: model ?? null, texts: [changed], ...(outputs && { outputs }) };
      return callLab<Answer>("lime-ask", input as Json);
    },
    enabled: hidden.size > 0 && model !== undefined,
    retry: false,
    placeholderData: (before) => before,
  });
  const now = hidden.size === 0 ? explanation.modelOutput : data?.outputs[0]?.[explanation.label];
  const toggle = (feature: number) => {
    const next = new Set(hidden);
    if (!next.delete(feature)) next.add(feature);
    setHidden(next);
  };
  return (
    <div className="lime-text">
      <p className="lime-words">
        {pieces.map(({ text, feature, start }) => {
          if (feature < 0) return <span key={start}>{text}</span>;
          const weight = weights.get(feature);
          const title =
            weight && `${signed(weight.weight)} (${signed(weight.low)} … ${signed(weight.high)})`;
          return (
            <button
              key={start}
              type="button"
              className="lime-word"
              aria-pressed={hidden.has(feature)}
              title={title}
              style={weight && { background: shade(weight.weight, most) }}
              onClick={() => toggle(feature)}
            >
              {text}
            </button>
          );
        })}
      </p>
      <OutputBar name={explanation.className} before={explanation.modelOutput} now={now} />
      {hidden.size > 0 ? (
        <p className="note">
          {error ? error.message : t("{n} hidden", { n: hidden.size })}{" "}
          <button type="button" className="chip" onClick={() => setHidden(new Set())}>
            {t("Show all words")}
          </button>
        </p>
      ) : (
        <p className="note">{t("Click a word to hide it and ask the model again.")}</p>
      )}
    </div>
  );
}

/** The model's output now, with a mark where it was for the whole text. */
function OutputBar({ name, before, now }: { name: string; before: number; now?: number }) {
  const percent = (value: number) => `${(100 * Math.min(1, Math.max(0, value))).toFixed(1)}%`;
  const text = now === undefined ? "…" : now.toFixed(4);
  return (
    <div className="lime-output">
      <span>{name}</span>
      <div className="lime-meter">
        <div style={{ width: percent(now ?? before) }} />
        <i style={{ left: percent(before) }} />
      </div>
      <output>{text}</output>
    </div>
  );
}
