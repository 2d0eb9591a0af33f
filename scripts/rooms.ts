// The dependency rule of `src/`: which room may import which, and the scan that finds breaches.

import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { findFiles } from "./entries.ts";

/** The rooms from the ground up. A room imports from itself and from those before it. */
export const rooms = [
  "engine",
  "nn",
  "optim",
  "data",
  "train",
  "models",
  "lab",
  "systems",
  "server",
  "studio",
  "cli",
] as const;

/** One breach of a rule. */
export interface Breach {
  readonly file: string;
  readonly line: number;
  readonly rule: string;
}

/** Pure code of the plot, without Node: its view in the browser computes with the same rules. */
const plotCore = "src/systems/hiplot/core/";

/** Types of what a system's runs leave behind as JSON: the studio gets it over HTTP and reads it. */
const wire = /^src\/systems\/[^/]+\/wire\.ts$/;

const isTest = (file: string) => /\.test\.tsx?$/.test(file);
const rank = (room: string) => (rooms as readonly string[]).indexOf(room);

// Anchored at line starts, as the formatter puts them; comments therefore do not match.
const importForms = [
  /^\s*(?:import|export)\b[^;'"`]*?\bfrom\s*["']([^"']+)["']/gm,
  /^\s*import\s*["']([^"']+)["']/gm,
  /\bimport\s*\(\s*["']([^"']+)["']/g,
  /\bnew URL\(\s*["'](\.[^"']+\.tsx?)["']/g,
];

/** The module specifiers that a TypeScript source imports (types and workers too), with their lines. */
export function importsOf(source: string): { specifier: string; line: number }[] {
  return importForms.flatMap((form) =>
    [...source.matchAll(form)].map((match) => {
      const end = match.index + match[0].length;
      return { specifier: match[1], line: source.slice(0, end).split("\n").length };
    }),
  );
}

/**
 * Says what is wrong with one import.
 *
 * @param file the importing file, e.g. `src/nn/linear.ts`.
 * @param specifier what it imports, e.g. `../engine/index.ts`.
 * @returns undefined when it is allowed.
 */
export function breachOf(file: string, specifier: string): string | undefined {
  if (/^deepdive(\/|$)/.test(specifier)) {
    return `imports "${specifier}"; inside src/ use a relative path`;
  }
  if (!specifier.startsWith(".")) return undefined;
  const target = posix.join(posix.dirname(file), specifier);
  const [, from, fromSystem = ""] = file.split("/");
  const [base, to, toSystem = ""] = target.split("/");
  if (base !== "src") {
    if (isTest(file) && base === "scripts") return undefined;
    return `imports ${target}, which is outside src/`;
  }
  // `src/index.ts` is the package's front door: it may name every room.
  if (rank(from) < 0 && file.split("/").length === 2) return undefined;
  if (rank(from) < 0)
    return `is in src/${from}/, which is no room; the rooms are ${rooms.join(", ")}`;
  if (rank(to) < 0) return `imports ${target}, which is in no room`;
  if (from === "systems" && to === "systems") {
    // Files directly in src/systems/ list the systems; a system knows no other, and no list.
    const isList = file.split("/").length === 3;
    if (isList || fromSystem === toSystem) return undefined;
    return `imports ${target}: a system must not import another (share through the rooms below it)`;
  }
  if (from === to) return undefined;
  if (from === "studio") {
    if (isTest(file) || target.startsWith(plotCore) || wire.test(target)) return undefined;
    return `imports ${target}: the studio speaks HTTP and imports no other room`;
  }
  if (rank(to) < rank(from)) return undefined;
  return `imports ${target}: ${from} must not know of ${to}`;
}

/** All breaches of the dependency rule under `base`/src. */
export function findRoomBreaches(base: string): Breach[] {
  return findFiles(["src/**/*.{ts,tsx}"], base).flatMap((file) =>
    importsOf(readFileSync(join(base, file), "utf8")).flatMap(({ specifier, line }) => {
      const rule = breachOf(file, specifier);
      return rule === undefined ? [] : [{ file, line, rule }];
    }),
  );
}

const machinePath = /(?<![\w.~:/*-])\/(?:work|root|home\/\w+|Users\/\w+)\/[^\s"'`)]*/;
const texts = [
  "{src,scripts,bench,recipes,examples,docs,models}/**/*.{ts,tsx,mjs,js,py,md,json,html,css}",
  "*.{md,json,ts}",
];

/** Lines that name a path of one particular machine, e.g. somebody's home folder. */
export function findMachinePaths(base: string): Breach[] {
  return findFiles(texts, base).flatMap((file) =>
    readFileSync(join(base, file), "utf8")
      .split("\n")
      .flatMap((text, index) => {
        const found = machinePath.exec(text)?.[0];
        const rule = `names a path of one machine: ${found}`;
        return found === undefined ? [] : [{ file, line: index + 1, rule }];
      }),
  );
}
