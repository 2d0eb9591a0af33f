// `<deepdive-hiplot>` inside the Studio: in its colours and language, with rows that may still arrive.
import { createElement, useEffect, useRef } from "react";
import { defineElement, type HiplotElement, type ViewData } from "../hiplot/element.ts";
import { useDark } from "../theme.ts";

defineElement();

interface HiplotViewProps {
  readonly name: string;
  readonly data: ViewData;
  /** Reads the data again, where it does not come by itself. */
  readonly onRefresh?: () => void;
}

/** Shows rows; later rows under the same `name` keep axes, brushes and colours. */
export function HiplotView({ name, data, onRefresh }: HiplotViewProps) {
  const holder = useRef<HiplotElement>(null);
  const shown = useRef("");
  const dark = useDark();
  useEffect(() => {
    const element = holder.current;
    if (!element) return;
    element.onRefresh = onRefresh ?? null;
    if (shown.current === name) element.refresh(data);
    else element.data = data;
    shown.current = name;
  }, [name, data, onRefresh]);
  return createElement("deepdive-hiplot", {
    ref: holder,
    theme: dark ? "dark" : "light",
    "link-state": "",
  });
}
