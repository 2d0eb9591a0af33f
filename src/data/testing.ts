/** @file Helpers of this room's tests: a folder of its own, and the issue that a call is refused with. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DataError, type DataIssue } from "./errors.ts";

/** A fresh folder: `write` puts a file there and gives its path. */
export interface TestFolder {
  readonly path: string;
  write(name: string, content: string | Uint8Array): string;
  remove(): void;
}

/** Makes a folder among the system's temporary files. */
export function testFolder(): TestFolder {
  const path = mkdtempSync(join(tmpdir(), "deepdive-data-"));
  return {
    path,
    write(name, content) {
      const file = join(path, name);
      writeFileSync(file, content);
      return file;
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** The `DataError` that the call throws or rejects with; any other outcome is an error. */
export async function issueOf(call: () => unknown): Promise<DataIssue & { message: string }> {
  try {
    await call();
  } catch (error) {
    if (error instanceof DataError) return { ...error.issue, message: error.message };
    throw error;
  }
  throw new Error("The call was not refused.");
}
