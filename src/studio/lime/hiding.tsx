// Hiding parts of an example by a click: the model is asked again, and its bar moves.
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import type { Json, RunDetails } from "../api.ts";
import { t } from "../i18n/translate.ts";
import { callLab } from "../labs/api.ts";
import type { Explanation } from "./data.ts";

/** What is asked about: one of the lists that `lime ask` takes, of one entry. */
export type Question = Readonly<
  Partial<Record<"texts" | "rows" | "mixed" | "images" | "tokens", Json>>
>;

interface Answer {
  readonly outputs: readonly (readonly number[])[];
}

/** What a view needs to let features be hidden. */
export interface Hiding {
  readonly hidden: ReadonlySet<number>;
  /** Undefined where the run's model cannot be asked. */
  readonly toggle: ((feature: number) => void) | undefined;
  /** The bar of the model's output with what there is to say below it. */
  readonly bar: ReactNode;
}

/**
 * Keeps which features are hidden and what the model says then. `question` makes the changed example;
 * `invite` says what to click on.
 */
export function useHiding(props: {
  run: RunDetails;
  explanation: Explanation;
  model: string | undefined;
  question: (hidden: ReadonlySet<number>) => Question | null;
  invite: string;
  /** The class's output among those of the example; by default the one at its place. */
  read?: (outputs: readonly number[]) => number;
}): Hiding {
  const { run, explanation, model, question, invite } = props;
  const read = props.read ?? ((outputs) => outputOf(outputs, explanation.label));
  const [hidden, setHidden] = useState<ReadonlySet<number>>(new Set());
  const { outputs, mean, std } = run.config as { outputs?: string; mean?: Json; std?: Json };
  const list = [...hidden].sort((a, b) => a - b);
  const { data, error } = useQuery({
    queryKey: ["lime-ask", run.id, model, outputs, explanation.label, list],
    queryFn: () => {
      const asked = question(hidden);
      if (asked === null || model === undefined) throw new Error(t("The model cannot be asked."));
      const scaling = asked.images ? { ...(mean && { mean }), ...(std && { std }) } : {};
      const input = { model, ...asked, ...scaling, ...(outputs && { outputs }) };
      return callLab<Answer>("lime-ask", input as Json);
    },
    enabled: hidden.size > 0 && model !== undefined,
    retry: false,
    placeholderData: (before) => before,
  });
  const now =
    hidden.size === 0 ? explanation.modelOutput : data?.outputs[0] && read(data.outputs[0]);
  const toggle = (feature: number) => {
    const next = new Set(hidden);
    if (!next.delete(feature)) next.add(feature);
    setHidden(next);
  };
  const bar = (
    <>
      <OutputBar name={explanation.className} before={explanation.modelOutput} now={now} />
      {hidden.size > 0 ? (
        <p className="note">
          {error ? error.message : t("{n} hidden", { n: hidden.size })}{" "}
          <button type="button" className="chip" onClick={() => setHidden(new Set())}>
            {t("Show all")}
          </button>
        </p>
      ) : (
        model !== undefined && <p className="note">{invite}</p>
      )}
    </>
  );
  return { hidden, toggle: model === undefined ? undefined : toggle, bar };
}

/** A regression has one output, which its two explanations see with either sign. */
function outputOf(outputs: readonly number[], label: number): number {
  return outputs.length === 1 ? outputs[0] : outputs[label];
}

/** The model's output now, with a mark where it was for the whole example. */
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
