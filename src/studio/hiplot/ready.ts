// Sorts columns while nothing else is to be done, so that the first brush on an axis need not wait for it.
import { categoryOrder, orderSteps } from "../../systems/hiplot/core/sorted.ts";
import type { PlotModel } from "./model.ts";

/** Waits until the browser has nothing better to do. */
function idle(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof requestIdleCallback === "function") requestIdleCallback(() => resolve());
    else window.setTimeout(resolve, 30);
  });
}

/** Sorts the rows by each column that has an axis, unless the signal comes first. */
export async function sortWhenIdle(model: PlotModel, signal: AbortSignal): Promise<void> {
  for (const name of model.state.axes) {
    const column = model.frame.column(name);
    const type = model.def(name)?.type;
    if (!column || !type) continue;
    await idle();
    if (signal.aborted) return;
    if (type === "categorical") {
      categoryOrder(column);
      continue;
    }
    for (const work = orderSteps(column); !work.next().done; ) {
      await idle();
      if (signal.aborted) return;
    }
  }
}
