// One chart of a measure over steps, with its own legend that shows the values under the pointer.

import { useEffect, useMemo, useRef, useState } from "react";
import uPlot from "uplot";
import { type Chart, describeChart, smooth } from "./curves.ts";
import { formatValue, humanize } from "./format.ts";
import { t } from "./i18n/translate.ts";
import { useDark } from "./theme.ts";

const chartHeight = 232;
/** From this length on a curve is drawn faint, with its moving average on top. */
const smoothedFrom = 120;
/** About how many points the moving average looks back over: enough to calm it, too few to lag. */
const averagedPoints = (count: number) => Math.min(50, Math.max(4, count / 60));
const palette = ["--series-1", "--series-2", "--series-3", "--series-4"];

/** Steps and columns as uPlot wants them; `shown[i]` is the column that line `i` reads its values from. */
function toColumns({ lines }: Chart) {
  const tables = lines.map(({ curve }) => {
    const long = curve.values.length >= smoothedFrom;
    const columns: (number | null)[][] = [[...curve.values]];
    if (long) columns.push(smooth(curve.values, 1 - 1 / averagedPoints(curve.values.length)));
    return [curve.steps, ...columns] as uPlot.AlignedData;
  });
  const data = uPlot.join(tables);
  const smoothed = tables.map((table) => table.length === 3);
  return { data, smoothed };
}

/** Shows a chart and its legend. Dragging zooms, a double click shows all again. */
export function ChartView({ chart }: { chart: Chart }) {
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const dark = useDark();
  const [pointed, setPointed] = useState<number | null>(null);
  const { data, smoothed } = useMemo(() => toColumns(chart), [chart]);
  const latest = useRef(data);
  latest.current = data;
  // The plot is made anew only when its lines or colours change; new points are poured into it.
  const shape = `${dark} ${chart.lines.map(({ part }, i) => `${part}:${smoothed[i]}`).join()}`;

  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` stands for all that matters here.
  useEffect(() => {
    const element = holder.current;
    if (!element) return;
    const made = new uPlot(makeOptions(element, smoothed, setPointed), latest.current, element);
    plot.current = made;
    const resizer = new ResizeObserver(() => {
      made.setSize({ width: element.clientWidth, height: chartHeight });
    });
    resizer.observe(element);
    return () => {
      resizer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape]);

  useEffect(() => {
    plot.current?.setData(data);
  }, [data]);

  const step = pointed === null ? undefined : data[0][pointed];
  return (
    <figure className="chart">
      <figcaption>
        <h3>{humanize(chart.measure)}</h3>
        <ul className="legend">
          {chart.lines.map(({ part, curve }, place) => (
            <li key={part}>
              <span className="swatch" style={{ background: `var(${palette[place % 4]})` }} />
              {part && <span>{part}</span>}
              <b>{formatValue(valueAt(curve, step))}</b>
            </li>
          ))}
          <li className="legend-step">
            {step === undefined ? t("last") : t("step {n}", { n: step })}
          </li>
        </ul>
      </figcaption>
      <div className="plot" ref={holder} role="img" aria-label={describeChart(chart)} />
    </figure>
  );
}

/** The curve's value at a step or the nearest before it; the last one without a step. */
function valueAt(curve: Chart["lines"][number]["curve"], step: number | undefined) {
  if (step === undefined) return curve.values.at(-1);
  return curve.values[curve.steps.findLastIndex((own) => own <= step)];
}

function makeOptions(
  element: HTMLElement,
  smoothed: readonly boolean[],
  onPoint: (index: number | null) => void,
): uPlot.Options {
  const style = getComputedStyle(element);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const font = `11px ${style.fontFamily}`;
  const axis: uPlot.Axis = {
    font,
    stroke: color("--muted"),
    grid: { stroke: color("--line"), width: 1 },
    ticks: { show: false },
  };
  const series: uPlot.Series[] = [{}];
  for (const [place, long] of smoothed.entries()) {
    const stroke = color(palette[place % palette.length]);
    if (long) {
      series.push({ stroke, alpha: 0.22, width: 1, spanGaps: true, points: { show: false } });
      series.push({ stroke, width: 2, spanGaps: true, points: { show: false } });
    } else {
      const points = { show: true, size: 5, fill: stroke, stroke };
      series.push({ stroke, width: 2, spanGaps: true, points });
    }
  }
  return {
    width: element.clientWidth,
    height: chartHeight,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { show: false }, sync: { key: "steps" } },
    scales: { x: { time: false } },
    axes: [
      { ...axis, size: 26, values: (_, ticks) => ticks.map((tick) => formatValue(tick)) },
      { ...axis, size: 52, values: (_, ticks) => ticks.map((tick) => formatValue(tick)) },
    ],
    series,
    hooks: { setCursor: [(self) => onPoint(self.cursor.idx ?? null)] },
  };
}
