/** @file Where an installed data package lies. */
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { DataError } from "../errors.ts";

/** The folder of an npm package; a `DataError` says how to install it where it is missing. */
export function packageFolder(name: string): string {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  } catch (cause) {
    const expected = `the npm package ${name}`;
    const hint = `Run: npm install ${name}`;
    const received = "no such package";
    throw new DataError({ code: "file-missing", path: name, expected, received, hint }, { cause });
  }
}
