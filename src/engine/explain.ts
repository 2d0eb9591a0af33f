/** @file Compiled graphs as text for people. */
import type { NodeReport } from "./backend.ts";

function quantity(n: number, unit: string): string {
  const steps = ["", "k", "M", "G", "T"];
  let i = 0;
  let v = n;
  while (v >= 1000 && i < steps.length - 1) {
    v /= 1000;
    i++;
  }
  return `${i === 0 ? v : v.toFixed(1)} ${steps[i]}${unit}`;
}

/** A table of a compiled graph's nodes: op, output, provider, estimated flops and bytes written. */
export function explainReport(name: string, nodes: readonly NodeReport[]): string {
  const total = nodes.reduce((t, n) => ({ flops: t.flops + n.flops, bytes: t.bytes + n.bytes }), {
    flops: 0,
    bytes: 0,
  });
  const rows = nodes.map((n) => [
    n.op,
    n.output,
    n.provider,
    quantity(n.flops, "flop"),
    quantity(n.bytes, "B"),
  ]);
  const header = ["op", "output", "runs on", "flops", "writes"];
  const widths = header.map((h, i) => Math.max(h.length, ...rows.map((r) => r[i].length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((c, i) => c.padEnd(widths[i]))
      .join("  ")
      .trimEnd();
  const places = new Map<string, number>();
  for (const n of nodes) places.set(n.provider, (places.get(n.provider) ?? 0) + 1);
  const where = [...places].map(([p, n]) => `${n} on ${p}`).join(", ");
  return [
    `${name}: ${nodes.length} nodes (${where}), ${quantity(total.flops, "flop")}, ${quantity(total.bytes, "B")} written`,
    line(header),
    ...rows.map(line),
  ].join("\n");
}
