// How the values of a column are spread: shares per bin of its scale, among all rows and the selected ones.
import type { Bitset } from "./bits.ts";
import { type Column, missingCode, numbersOf } from "./columns.ts";
import type { ColumnDef } from "./infer.ts";
import { type CategoryScale, createScale, type NumberScale } from "./scales.ts";
import { categoryOrder } from "./sorted.ts";

/** A bin and how much of each set of rows lies in it. */
export interface Bin {
  /** From and to: numbers of the column; of a category both are absent. */
  readonly from?: number;
  readonly to?: number;
  readonly label: string;
  /** Rows in the bin. */
  readonly all: number;
  readonly selected: number;
  /** Rows in the bin as a share of those in any bin. */
  readonly allShare: number;
  readonly selectedShare: number;
}

/** A distribution, ready to draw. */
export interface Distribution {
  readonly bins: readonly Bin[];
  /** Categories from three on lie one above the other, those of the selection's greatest share first. */
  readonly horizontal: boolean;
}

/**
 * Counts rows into `nbins` bins of equal width on the column's scale (so log columns get log bins), or
 * into its categories.
 */
export function distribution(
  column: Column,
  def: ColumnDef,
  sets: { readonly all: Bitset; readonly selected: Bitset },
  nbins = 10,
): Distribution {
  const places =
    def.type === "categorical" ? categoryBins(column, def) : numberBins(column, def, nbins);
  const all = new Float64Array(places.labels.length);
  const selected = new Float64Array(places.labels.length);
  for (let row = 0; row < sets.all.size; row++) {
    if (!sets.all.has(row)) continue;
    const bin = places.binOf(row);
    if (bin < 0) continue;
    all[bin]!++;
    if (sets.selected.has(row)) selected[bin]!++;
  }
  const total = (counts: Float64Array) => counts.reduce((sum, count) => sum + count, 0) || 1;
  const [allTotal, selectedTotal] = [total(all), total(selected)];
  const bins = places.labels.map(
    (label, bin): Bin => ({
      ...places.edges?.[bin],
      label,
      all: all[bin]!,
      selected: selected[bin]!,
      allShare: all[bin]! / allTotal,
      selectedShare: selected[bin]! / selectedTotal,
    }),
  );
  const horizontal = def.type === "categorical" && bins.length >= 3;
  return {
    bins: horizontal ? bins.sort((a, b) => b.selectedShare - a.selectedShare) : bins,
    horizontal,
  };
}

interface Places {
  readonly labels: readonly string[];
  readonly edges?: readonly { from: number; to: number }[];
  /** -1 for a row in no bin. */
  readonly binOf: (row: number) => number;
}

function numberBins(column: Column, def: ColumnDef, nbins: number): Places {
  const scale = createScale(def, [0, 1], false) as NumberScale;
  const numbers = numbersOf(column);
  const edges = Array.from({ length: nbins }, (_, bin) => ({
    from: scale.invert(bin / nbins),
    to: scale.invert((bin + 1) / nbins),
  }));
  return {
    labels: edges.map(
      ({ from, to }) => `${Number(from.toPrecision(4))} – ${Number(to.toPrecision(4))}`,
    ),
    edges,
    binOf: (row) => {
      const share = scale.position(numbers[row]!);
      if (!(share >= 0 && share <= 1)) return -1;
      return Math.min(nbins - 1, Math.floor(share * nbins));
    },
  };
}

function categoryBins(column: Column, def: ColumnDef): Places {
  const scale = createScale(def, [0, 1]) as CategoryScale;
  const { texts, ranks } = categoryOrder(column);
  const binByRank = texts.map((text) => scale.domain.indexOf(text));
  return {
    labels: scale.domain,
    binOf: (row) => (ranks[row] === missingCode ? -1 : binByRank[ranks[row]!]!),
  };
}
