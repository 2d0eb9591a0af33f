// What the tests of the labs' jobs share: a folder for their files, and a way to run a lab in this process.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll } from "vitest";
import { type Lab, type LabContext, parseInput } from "../../../lab/define.ts";

/** The path of a model of `predictors/fixtures`. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`../predictors/fixtures/${name}`, import.meta.url));
}

/** A bench for one test file; models may be modules and commands while it stands. */
export function jobBench() {
  let folder = "";
  const artifacts = new Map<string, unknown>();
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "deepdive-lime-"));
    process.env.DEEPDIVE_ALLOW_CODE = "1";
  });
  afterAll(async () => {
    delete process.env.DEEPDIVE_ALLOW_CODE;
    await rm(folder, { recursive: true, force: true });
  });
  return {
    /** What the last run kept. */
    artifacts,
    path: (name: string) => join(folder, name),
    async file(name: string, content: string | Uint8Array): Promise<string> {
      const path = join(folder, name);
      await writeFile(path, content);
      return path;
    },
    /** Runs a lab on an input as a command line gives it. */
    async run(lab: unknown, input: object): Promise<Record<string, unknown>> {
      artifacts.clear();
      const context = {
        folder,
        signal: new AbortController().signal,
        progress: () => {},
        metrics: () => {},
        artifact: async (name: string, _kind: string, content: unknown) => {
          artifacts.set(name, content);
        },
      } as unknown as LabContext;
      const { run: work } = lab as Lab;
      const summary = await work(context, parseInput(lab as Lab, input) as never);
      return summary as Record<string, unknown>;
    },
  };
}
