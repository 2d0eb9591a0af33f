/** @file Where things lie that can be made or fetched again: downloads, vectors of texts. */
import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** `$DEEPDIVE_CACHE`, else `deepdive` in the user's cache folder; with a folder inside it. */
export function cacheFolder(...inside: readonly string[]): string {
  const { DEEPDIVE_CACHE: own, XDG_CACHE_HOME: xdg } = process.env;
  const base = own ? resolve(own) : join(xdg || join(homedir(), ".cache"), "deepdive");
  return join(base, ...inside);
}
