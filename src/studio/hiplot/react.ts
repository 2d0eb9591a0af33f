// `<HiPlot>` for React, with the properties of npm's `hiplot`, over the custom element.
import { createElement, type ReactElement, useEffect, useRef, useState } from "react";
import type { ExperimentJson } from "../../systems/hiplot/core/types.ts";
import { defineElement, type HiplotElement } from "./element.ts";
import { listenTo, type PassedEvent } from "./messages.ts";

defineElement();

/** Is told of a change: its name, and ids, extents or a height. */
export type ChangeListener = (type: PassedEvent, data: unknown) => void;

/** What HiPlot's component takes; `plugins` and `asserts` are for its own inside and are passed over. */
export interface HiPlotProps {
  readonly experiment?: ExperimentJson | string | null;
  /** By event, one listener or several. */
  readonly onChange?: Readonly<
    Partial<Record<PassedEvent, ChangeListener | readonly ChangeListener[]>>
  > | null;
  /** Loads what the page's address names as `hip.load_uri`, where no experiment is given. */
  readonly loadURI?:
    | ((uri: string) => Promise<{ experiment?: ExperimentJson; error?: string }>)
    | null;
  readonly dark?: boolean;
  /** Keeps the view in the page's address; its value is what the keys begin with, `hip.` by default. */
  readonly linkState?: boolean | string;
  /** A notebook's channel: each event is sent as `{ type, data, message_id }`. */
  readonly comm?: { send(message: object): void } | null;
  readonly plugins?: unknown;
  readonly asserts?: boolean;
}

/** The plot as a component. An experiment that stays the same object keeps its brushes. */
export function HiPlot(props: HiPlotProps): ReactElement {
  const { experiment, onChange, loadURI, dark = false, linkState = false, comm } = props;
  const holder = useRef<HiplotElement>(null);
  const [problem, setProblem] = useState("");
  useEffect(() => {
    const element = holder.current;
    if (element === null) return;
    let message = 0;
    return listenTo(element, (type, data) => {
      for (const listener of [onChange?.[type] ?? []].flat()) listener(type, data);
      comm?.send({ type, data, message_id: ++message });
    });
  }, [onChange, comm]);
  useEffect(() => {
    const element = holder.current;
    if (element === null) return;
    let over = false;
    const show = (given: ExperimentJson | string) => {
      try {
        element.experiment = given;
        setProblem("");
      } catch (error) {
        setProblem((error as Error).message);
      }
    };
    const uri = linkedUri();
    if (experiment) show(experiment);
    else if (loadURI && uri !== null) {
      loadURI(uri).then(
        ({ experiment: loaded, error }) => {
          if (over) return;
          if (loaded) show(loaded);
          else setProblem(error ?? `${uri}: nothing was loaded`);
        },
        (error: Error) => setProblem(error.message),
      );
    }
    return () => {
      over = true;
    };
  }, [experiment, loadURI]);
  const link = linkState === false ? {} : { "link-state": linkState === true ? "" : linkState };
  return createElement(
    "div",
    {},
    problem === "" ? null : createElement("p", { role: "alert" }, problem),
    createElement("deepdive-hiplot", { ref: holder, theme: dark ? "dark" : "light", ...link }),
  );
}

function linkedUri(): string | null {
  const text = new URLSearchParams(window.location.search).get("hip.load_uri");
  try {
    return text === null ? null : String(JSON.parse(text));
  } catch {
    return text;
  }
}
