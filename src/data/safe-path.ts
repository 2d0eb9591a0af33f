/** @file Paths that come from elsewhere: they must stay inside the folder that they are meant for. */
import { join } from "node:path";
import { DataError } from "./errors.ts";

/** Control characters, and what Windows does not take in a name. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const forbidden = /[\u0000-\u001f<>:"|?*\\]/;

/**
 * The path of a file inside a folder.
 * @param inside names joined by `/`, as archives and servers list them
 * @throws DataError for an absolute path, one with `..`, or with characters that no name should have
 */
export function safeJoin(folder: string, inside: string): string {
  const names = inside.split("/");
  const bad = names.some((name) => name === "" || name === "." || name === "..");
  if (bad || forbidden.test(inside)) {
    throw new DataError({
      code: "malformed",
      path: folder,
      expected: "names of files inside this folder",
      received: JSON.stringify(inside),
      hint: "The source is damaged or hostile; nothing of it was written.",
    });
  }
  return join(folder, ...names);
}
