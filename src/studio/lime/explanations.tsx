// What a run of `lime` found: each example as it is, coloured by what moved the model, beside its weights.
import { useState } from "react";
import { artifactUrl, type RunDetails } from "../api.ts";
import { t } from "../i18n/translate.ts";
import { useJson } from "../live.ts";
import { Section } from "../parts.tsx";
import { Bars } from "./bars.tsx";
import { MixedView, RowView } from "./cells-view.tsx";
import { type Example, type Explanation, type Neighbours, shade, strongest } from "./data.ts";
import { ImageView, pictureName } from "./image-view.tsx";
import { NeighbourPlot, RibbonPlot } from "./neighbours-view.tsx";
import { SentenceView } from "./sentence-view.tsx";
import { TextView } from "./text-view.tsx";

/** The explanations of a run: one in full, several as a board of cards, two models side by side. */
export function Explanations({ run }: { run: RunDetails }) {
  const version = `${run.status} ${run.artifacts.length}`;
  const addressOf = (artifact: string) =>
    run.artifacts.some(({ name }) => name === artifact) ? artifactUrl(run.id, artifact) : null;
  const examples = useJson<Example[]>(addressOf("explanations.json"), version).value;
  const neighbours = useJson<Neighbours[]>(addressOf("neighbours.json"), version).value;
  const [chosen, setChosen] = useState(0);
  if (!examples || examples.length === 0) return null;
  if (run.lab === "lime-compare") {
    return (
      <div className="columns">
        {examples.map((example, i) => (
          <ExampleCard
            key={modelOf(run, i)}
            {...{ run, example, neighbours: neighbours?.[i], place: i }}
            title={modelOf(run, i)?.split(/[\\/]/).at(-1) ?? ""}
            model={modelOf(run, i)}
          />
        ))}
      </div>
    );
  }
  const open = Math.min(chosen, examples.length - 1);
  return (
    <>
      {examples.length > 1 && <Board {...{ run, examples, open }} onOpen={setChosen} />}
      <ExampleCard
        key={open}
        run={run}
        example={examples[open]}
        neighbours={neighbours?.[open]}
        place={open}
        title={t("Why the model said so")}
        model={(run.config as { model?: string }).model}
      />
    </>
  );
}

function modelOf({ config }: RunDetails, i: number): string | undefined {
  return (config as { models?: string[] }).models?.[i];
}

/** One card per example: how it begins, and what matters most in it. */
function Board(props: {
  run: RunDetails;
  examples: readonly Example[];
  open: number;
  onOpen: (example: number) => void;
}) {
  return (
    <Section title={t("Picked examples")}>
      <ul className="lime-board">
        {props.examples.map((example, i) => {
          const [first] = example.explanations;
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: the order of the picks is their identity.
            <li key={i}>
              <button type="button" aria-pressed={i === props.open} onClick={() => props.onOpen(i)}>
                <strong>{first.className}</strong> <span>{first.modelOutput.toFixed(3)}</span>
                {example.kind === "image" ? (
                  <img src={artifactUrl(props.run.id, pictureName(i))} alt="" loading="lazy" />
                ) : (
                  <p>{headOf(example)}</p>
                )}
                <p>
                  {first.weights.slice(0, 4).map(({ feature, name, weight }) => (
                    <mark key={feature} style={{ background: shade(weight, strongest(first)) }}>
                      {name}
                    </mark>
                  ))}
                </p>
              </button>
            </li>
          );
        })}
      </ul>
    </Section>
  );
}

function headOf({ text, cells, sentence, kind }: Example): string {
  const head =
    text ??
    sentence?.join(" ") ??
    cells?.map(({ column, value }) => `${column} ${value}`).join(", ") ??
    kind;
  return head.length > 110 ? `${head.slice(0, 109)}…` : head;
}

function ExampleCard(props: {
  run: RunDetails;
  example: Example;
  neighbours: Neighbours | undefined;
  title: string;
  /** The model to ask again. */
  model: string | undefined;
  place: number;
}) {
  const { run, example, neighbours, title, model, place } = props;
  const [chosen, setChosen] = useState(0);
  const explanation = example.explanations[chosen];
  const { modelOutput, localPrediction, r2, calls, exact } = explanation;
  const facts = [
    t("model {value}", { value: modelOutput.toFixed(4) }),
    t("local model {value}", { value: localPrediction.toFixed(4) }),
    `R² ${r2.toFixed(3)}`,
    exact
      ? t("{n} model calls, every neighbour", { n: calls })
      : t("{n} model calls", { n: calls }),
  ];
  return (
    <Section title={title} note={facts.join(" · ")}>
      {example.explanations.length > 1 && (
        <fieldset className="chips">
          <legend className="hidden">{t("Classes")}</legend>
          {example.explanations.map(({ label, className }, i) => (
            <button
              key={label}
              type="button"
              className="chip"
              aria-pressed={i === chosen}
              onClick={() => setChosen(i)}
            >
              {className}
            </button>
          ))}
        </fieldset>
      )}
      <InPlace {...{ run, example, explanation, model, place }} />
      {example.flip && (
        <p>
          {t("The model changes its mind without {names}: then it says {name} ({p}).", {
            names: example.flip.hidden
              .map((feature) => `“${example.features[feature]}”`)
              .join(", "),
            name: example.classNames?.[example.flip.to] ?? example.flip.to,
            p: example.flip.probability.toFixed(3),
          })}
        </p>
      )}
      <div className="lime-figures">
        <Bars explanation={explanation} />
        {chosen === 0 && neighbours && <NeighbourPlot neighbours={neighbours} />}
        {chosen === 0 && neighbours?.ribbon && <RibbonPlot ribbon={neighbours.ribbon} />}
      </div>
      {example.notes.map((note) => (
        <p key={note} className="note">
          {note}
        </p>
      ))}
    </Section>
  );
}

function InPlace(props: {
  run: RunDetails;
  example: Example;
  explanation: Explanation;
  model: string | undefined;
  /** Its place among the run's examples. */
  place: number;
}) {
  switch (props.example.kind) {
    case "text":
      return <TextView {...props} />;
    case "table":
      return <RowView {...props} />;
    case "mixed":
      return <MixedView {...props} />;
    case "image":
      return <ImageView {...props} />;
    case "entity":
      return <SentenceView {...props} />;
    default:
      // A neighbourhood computed elsewhere: the example is not known.
      return null;
  }
}
