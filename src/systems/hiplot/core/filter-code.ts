// A filter as code: a condition of SQL, and a TypeScript predicate.
import type { Filter } from "./filters.ts";

const sqlName = (name: string) => `"${name.replaceAll('"', '""')}"`;
const sqlValue = (value: number | string) => {
  if (typeof value === "string") return `'${value.replaceAll("'", "''")}'`;
  return Number.isFinite(value) ? String(value) : `'${value > 0 ? "" : "-"}inf'::double`;
};

/** The filter as a condition of DuckDB's SQL over a table with these columns. */
export function sqlOf(filter: Filter, columns: readonly string[] = []): string {
  switch (filter.type) {
    case "Range": {
      const { col, type, min, max, include_infnans: special } = filter.data;
      const name = sqlName(col);
      if (type === "categorical") {
        const text = `case ${name}::varchar when '' then '(empty)' else coalesce(${name}::varchar, 'null') end`;
        return `${text} between ${sqlValue(min)} and ${sqlValue(max)}`;
      }
      const number = `try_cast(${name} as double)`;
      // DuckDB counts NaN as greater than infinity.
      const between = `coalesce(not isnan(${number}) and ${number} between ${sqlValue(min)} and ${sqlValue(max)}, false)`;
      return special ? `(${between} or ${number} is null or not isfinite(${number}))` : between;
    }
    case "All":
      return filter.data.length === 0
        ? "true"
        : `(${filter.data.map((part) => sqlOf(part, columns)).join(" and ")})`;
    case "Any":
      return filter.data.length === 0
        ? "false"
        : `(${filter.data.map((part) => sqlOf(part, columns)).join(" or ")})`;
    case "Not":
      return `not ${sqlOf(filter.data, columns)}`;
    case "Search": {
      const text = sqlValue(filter.data.toLowerCase());
      return `contains(lower(concat_ws('  ', ${columns.map(sqlName).join(", ")})), ${text})`;
    }
    default:
      return "false";
  }
}

/** The filter as a TypeScript predicate over a row's values. */
export function predicateOf(filter: Filter): string {
  return `(row) => ${expressionOf(filter)}`;
}

function expressionOf(filter: Filter): string {
  switch (filter.type) {
    case "Range": {
      const { col, type, min, max, include_infnans: special } = filter.data;
      const cell = `row[${JSON.stringify(col)}]`;
      const bound = (value: number | string) =>
        typeof value === "number" ? String(value) : JSON.stringify(value);
      if (type === "categorical") {
        const text = `(${cell} === "" ? "(empty)" : String(${cell}))`;
        return `(${cell} !== undefined && ${bound(min)} <= ${text} && ${text} <= ${bound(max)})`;
      }
      const number = `Number.parseFloat(${cell})`;
      const between = `(${bound(min)} <= ${number} && ${number} <= ${bound(max)})`;
      return special
        ? `(${cell} !== undefined && (${between} || !Number.isFinite(${number})))`
        : between;
    }
    case "All":
      return filter.data.length === 0 ? "true" : `(${filter.data.map(expressionOf).join(" && ")})`;
    case "Any":
      return filter.data.length === 0 ? "false" : `(${filter.data.map(expressionOf).join(" || ")})`;
    case "Not":
      return `!${expressionOf(filter.data)}`;
    case "Search":
      return `Object.values(row).join("  ").toLowerCase().includes(${JSON.stringify(filter.data.toLowerCase())})`;
    default:
      return "false";
  }
}
