// Installs the system's PostgreSQL for the tests of the shared store, where that is possible.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { findPostgres } from "../src/lab/testing/postgres.ts";

const isDebian = () =>
  existsSync("/etc/os-release") && /^ID=debian$/m.test(readFileSync("/etc/os-release", "utf8"));

/**
 * Installs Debian's `postgresql` without starting its service.
 *
 * @returns undefined when it is there afterwards, else why not, in words.
 */
export function installPostgres(say: (line: string) => void): string | undefined {
  if (findPostgres() !== undefined) return undefined;
  const advice = "install PostgreSQL (Debian: apt-get install postgresql)";
  if (!isDebian() || process.getuid?.() !== 0) return `no PostgreSQL was found; ${advice}`;
  say("installing PostgreSQL for the tests of the shared store (apt-get install postgresql) …");
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const aptGet = (...args: string[]) =>
    spawnSync("apt-get", ["-qq", ...args], { env, stdio: ["ignore", "ignore", "pipe"] });
  aptGet("update");
  const { status, stderr } = aptGet("install", "-y", "--no-install-recommends", "postgresql");
  if (status === 0 && findPostgres() !== undefined) return undefined;
  const lastLine = String(stderr ?? "")
    .trim()
    .split("\n")
    .at(-1);
  return `apt-get could not install PostgreSQL (${lastLine}); ${advice}`;
}
