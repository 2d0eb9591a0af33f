// Where `--out` puts what a lab's run has made.
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeStore } from "../lab/testing.ts";
import { saveArtifacts } from "./run-lab.ts";

it("copies all to a folder, or to a file the one thing with its ending", async () => {
  const { store, discard } = await makeStore();
  const folder = await mkdtemp(join(tmpdir(), "deepdive-out-"));
  try {
    const run = await store.createRun({ lab: "toy", config: {} });
    await run.artifact("notes.json", "table", [1]);
    await run.artifact("report.html", "html", "<p>all</p>");
    await run.finish({});
    const record = (await store.run(run.id))!;
    const all = await saveArtifacts(store, record, join(folder, "all"));
    expect(Object.values(all)).toEqual(
      ["notes.json", "report.html"].map((n) => join(folder, "all", n)),
    );
    const page = join(folder, "new", "page.html");
    const one = await saveArtifacts(store, record, page);
    expect(one["report.html"]).toBe(page);
    expect(await readFile(page, "utf8")).toBe("<p>all</p>");
    expect(await readdir(join(folder, "new"))).toEqual(["page.html"]);
  } finally {
    await discard();
    await rm(folder, { recursive: true });
  }
});
