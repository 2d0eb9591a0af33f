// A sentence with an entity framed; a click masks a word and asks the tagger again.
import type { RunDetails } from "../api.ts";
import { t } from "../i18n/translate.ts";
import {
  type Example,
  type Explanation,
  entityProbability,
  shadeInterval,
  strongest,
  weightHint,
} from "./data.ts";
import { useHiding } from "./hiding.tsx";

/** The sentence of an entity, coloured by what makes it one. */
export function SentenceView(props: {
  run: RunDetails;
  example: Example;
  explanation: Explanation;
  model: string | undefined;
}) {
  const { run, example, explanation, model } = props;
  const { sentence = [], entity } = example;
  const { tags = [], mask = "UNKWORDZ" } = run.config as { tags?: string[]; mask?: string };
  // `--tags a,b` is kept as it was typed.
  const names = tags.flatMap((each) => each.split(",")).map((name) => name.trim());
  const { hidden, toggle, bar } = useHiding({
    ...{ run, explanation, model },
    question: (chosen) => ({ tokens: [sentence.map((word, i) => (chosen.has(i) ? mask : word))] }),
    read: (outputs) => (entity ? entityProbability(outputs, names, entity) : Number.NaN),
    invite: t("Click a word to hide it and ask the model again."),
  });
  const weights = new Map(explanation.weights.map((weight) => [weight.feature, weight]));
  const most = strongest(explanation);
  const [from, to] = entity?.tokens ?? [0, 0];
  return (
    <div className="lime-text">
      <p className="lime-words">
        {sentence.map((token, i) => {
          const weight = weights.get(i);
          return (
            <button
              // biome-ignore lint/suspicious/noArrayIndexKey: a token is its position.
              key={i}
              type="button"
              className={`lime-word lime-token${i >= from && i < to ? " lime-entity" : ""}`}
              disabled={toggle === undefined}
              aria-pressed={hidden.has(i)}
              title={weight && weightHint(weight)}
              style={
                weight && !hidden.has(i) ? { background: shadeInterval(weight, most) } : undefined
              }
              onClick={() => toggle?.(i)}
            >
              {token}
            </button>
          );
        })}
      </p>
      {bar}
    </div>
  );
}
