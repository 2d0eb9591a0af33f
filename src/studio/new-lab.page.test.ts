import { rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { executablePath, useStudio } from "../../scripts/testing/studio-page.ts";
import { makeLabFolder } from "../lab/fixtures/new-lab.ts";

if (!executablePath) console.log("new lab's page: skipped, no Chromium was found ($CHROMIUM)");

describe.skipIf(!executablePath)(
  "a lab in a folder of its own, in Chromium",
  { timeout: 60_000 },
  () => {
    const labs: string[] = [];
    // Before the Studio is set up: hooks run in the order they were given.
    beforeAll(async () => {
      labs.push(await makeLabFolder());
    });
    const studio = useStudio({ labs, works: true });
    afterAll(() => rm(labs[0] ?? "", { recursive: true }));

    it("has a card and a form; sending it ends in a run with its summary", async () => {
      const { page, server } = studio;
      await page.goto(server.url);
      const card = page.locator(".lab-card", { hasText: "Greet somebody" });
      await card.getByText("Says hello.").waitFor();
      await card.getByRole("link", { name: "Run it" }).click();
      await page.getByRole("heading", { name: "Greet somebody" }).waitFor();
      const whom = page.getByLabel(/^Who/);
      // The first example is filled in; descriptions stand below their fields.
      expect(await whom.inputValue()).toBe("Ada");
      await page.getByText("whom to greet").waitFor();
      await whom.fill("Grace Hopper");
      await page.getByLabel("Times over").fill("3");
      await page.getByLabel("Tone").selectOption("cool");
      await page.getByRole("button", { name: "Run it" }).click();
      await page.getByText("Done", { exact: true }).waitFor();
      await page.getByText("hello Grace Hopper", { exact: true }).first().waitFor();
      const [run] = await studio.store.runs({ lab: "greeting" });
      expect(run).toMatchObject({
        status: "done",
        config: { who: "Grace Hopper", timesOver: 3, tone: "cool" },
        summary: { words: "hello Grace Hopper", timesOver: 3 },
      });
    });
  },
);
