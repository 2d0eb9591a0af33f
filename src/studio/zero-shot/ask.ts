// Questions to the classifier while one types: one at a time, and of those that wait only the latest.
import { useEffect, useRef, useState } from "react";
import { callLab } from "../labs/api.ts";
import type { Keyword } from "./labels.ts";
import { Latest } from "./latest.ts";

/** The lab that answers. */
export const classifyLab = "zero-shot-classify";

/** What is asked. */
export interface Question {
  readonly text: string;
  readonly labels: readonly string[];
  readonly template: string;
  readonly multi: boolean;
}

/** What comes back for one text. */
export interface Answer {
  readonly labels: readonly string[];
  readonly scores: readonly number[];
  readonly keywords?: readonly Keyword[];
  readonly truncated?: boolean;
}

/** The state of the conversation. */
export interface Conversation {
  /** The answer to the latest question that has one; stays while the next is on its way. */
  readonly answer?: Answer;
  /** Keywords, and the text that they were found in. */
  readonly glowing?: { readonly text: string; readonly keywords: readonly Keyword[] };
  readonly error?: string;
  /** From the question to its answer; not of the first, for which the model is loaded. */
  readonly ms?: number;
}

/** Keywords take one more pass per word: they are asked for when typing rests. */
const restMs = 350;

/** Asks whenever the question changes. */
export function useAnswer(question: Question): Conversation {
  const [state, setState] = useState<Conversation>({});
  const line = useRef(new Latest());
  // Equal questions are one: the page makes a new object each time that it is drawn.
  const key = JSON.stringify(question);
  useEffect(() => {
    const asked = JSON.parse(key) as Question;
    if (asked.text.trim() === "" || asked.labels.length === 0) {
      setState({});
      return;
    }
    const ask = async (keywords: boolean) => {
      const started = performance.now();
      try {
        const { text, labels, template, multi } = asked;
        const input = { text: [text], labels: labels.join(", "), template, multi, keywords };
        const { results } = await callLab<{ results: readonly Answer[] }>(classifyLab, input);
        const [answer] = results;
        const ms = performance.now() - started;
        const found = { text: asked.text, keywords: answer.keywords ?? [] };
        setState((old) => ({
          answer,
          ...(old.answer && { ms: keywords ? (old.ms ?? ms) : ms }),
          ...(keywords ? { glowing: found } : old.glowing && { glowing: old.glowing }),
        }));
      } catch (problem) {
        setState({ error: (problem as Error).message });
      }
    };
    line.current.do(() => ask(false));
    const timer = setTimeout(() => line.current.do(() => ask(true)), restMs);
    return () => clearTimeout(timer);
  }, [key]);
  return state;
}
