// Finds a Chromium for the tests of pages, and installs the system's own where that is possible.

import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

const commands = [
  "chromium",
  "chromium-browser",
  "google-chrome-stable",
  "google-chrome",
  "chrome",
];
const appPaths = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

/** The browsers that Playwright has put in its cache, newest first. */
function playwrightBrowsers(): string[] {
  const caches = [
    process.env.PLAYWRIGHT_BROWSERS_PATH ?? "",
    join(homedir(), ".cache", "ms-playwright"),
    join(homedir(), "Library", "Caches", "ms-playwright"),
  ].filter((path) => path !== "" && existsSync(path));
  const inside = ["chromium-*/chrome-linux*/chrome", "chromium-*/chrome-mac*/*/Contents/MacOS/*"];
  return caches.flatMap((cwd) =>
    globSync(inside, { cwd })
      .sort()
      .reverse()
      .map((path) => join(cwd, path)),
  );
}

/**
 * The path of a Chromium or Chrome on this machine: `$CHROMIUM`, else one on the PATH, in the usual
 * places or in Playwright's cache.
 *
 * @returns undefined when there is none.
 * @throws Error when `$CHROMIUM` is set and nothing is there.
 */
export function findChromium(): string | undefined {
  const chosen = process.env.CHROMIUM;
  if (chosen) {
    if (existsSync(chosen)) return chosen;
    throw new Error(`$CHROMIUM is ${chosen}, but there is no such file; correct it or unset it`);
  }
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const onPath = folders.flatMap((folder) => commands.map((command) => join(folder, command)));
  return [...onPath, ...appPaths, ...playwrightBrowsers()].find((path) => existsSync(path));
}

const isDebian = () =>
  existsSync("/etc/os-release") && /^ID=debian$/m.test(readFileSync("/etc/os-release", "utf8"));

/**
 * Installs the system's `chromium` package. That needs root on Debian (elsewhere the package is not
 * the browser itself, as on Ubuntu, or goes by another name).
 *
 * @param say tells the user what is going on.
 * @returns undefined when a browser is there afterwards, else why not, in words.
 */
export function installChromium(say: (line: string) => void): string | undefined {
  if (findChromium() !== undefined) return undefined;
  const advice = "install Chromium or set $CHROMIUM to its path";
  if (!isDebian()) return `no Chromium was found; ${advice}`;
  if (process.getuid?.() !== 0)
    return `no Chromium was found, and installing it needs root; ${advice}`;
  say("installing Chromium for the tests of pages (apt-get install chromium) …");
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const aptGet = (...args: string[]) =>
    spawnSync("apt-get", ["-qq", ...args], { env, stdio: ["ignore", "ignore", "pipe"] });
  aptGet("update");
  const { status, stderr } = aptGet("install", "-y", "--no-install-recommends", "chromium");
  if (status === 0 && findChromium() !== undefined) return undefined;
  const lastLine = String(stderr ?? "")
    .trim()
    .split("\n")
    .at(-1);
  return `apt-get could not install Chromium (${lastLine}); ${advice}`;
}
