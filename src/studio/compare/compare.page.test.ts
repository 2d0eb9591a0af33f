import { describe, expect, it } from "vitest";
import { executablePath, useStudio } from "../../../scripts/testing/studio-page.ts";
import {
  scriptCurves,
  scriptRun,
  startScriptedRun,
} from "../../systems/text-classifier/testing.ts";

if (!executablePath) console.log("compare page: skipped, no Chromium was found ($CHROMIUM)");

describe.skipIf(!executablePath)("the page that compares", () => {
  const studio = useStudio({ labs: [], prepare: scriptRun });
  const count = () => studio.page.locator(".counts b").innerText();

  it("opens a shared link of HiPlot: its rows, brushes, colours and axes", async () => {
    const link = new URL("/compare", studio.server.url);
    const set = (key: string, value: unknown) =>
      link.searchParams.set(`hip.${key}`, JSON.stringify(value));
    set("load_uri", 'json://[{"lr": 1, "loss": 3}, {"lr": 2, "loss": 2}, {"lr": 3, "loss": 1}]');
    const data = { col: "lr", type: "numeric", min: 1.5, max: 3, include_infnans: false };
    set("filters", [{ type: "Range", data }]);
    set("color_by", "lr");
    set("PARALLEL_PLOT.order", ["loss", "lr"]);
    set("XY.axis_x", "loss");
    set("XY.axis_y", "lr");
    set("DISTRIBUTION.axis", "loss");
    await studio.page.goto(link.href);
    await expect.poll(count).toBe("2/2");
    expect(await studio.page.locator(".label").allInnerTexts()).toEqual(["loss", "lr"]);
    expect(await studio.page.getByLabel("Column that gives the colours").inputValue()).toBe("lr");
    expect(await studio.page.getByLabel("x", { exact: true }).first().inputValue()).toBe("loss");
    expect(await studio.page.getByLabel("Column", { exact: true }).inputValue()).toBe("loss");
    // What is changed goes into the address, and comes back with it.
    await studio.page.locator(".label").first().focus();
    await studio.page.keyboard.press("ArrowRight");
    await expect
      .poll(() => studio.page.url())
      .toContain("PARALLEL_PLOT.order=%5B%22lr%22%2C%22loss%22");
    await studio.page.reload();
    await expect.poll(count).toBe("2/2");
    expect(await studio.page.locator(".label").allInnerTexts()).toEqual(["lr", "loss"]);
  });

  it("loads what is typed, and says what the server has against it", async () => {
    await studio.page.goto(`${studio.server.url}/compare`);
    const field = studio.page.getByLabel("Load rows by URI");
    await field.fill("demo_basic_usage");
    await field.press("Enter");
    await expect.poll(count).toBe("3/3");
    expect(await studio.page.locator(".notices").isHidden()).toBe(true);
    await field.fill("../../etc/passwd.csv");
    await field.press("Enter");
    await studio.page.getByText("there is no such file that may be read").waitFor();
    studio.complaints = studio.complaints.filter((text) => !text.includes("404"));
  });

  it("shows new runs by themselves, and keeps the brushes", async () => {
    await studio.page.goto(`${studio.server.url}/compare`);
    await studio.page.getByRole("button", { name: "Every step" }).click();
    await expect.poll(count).toMatch(/^(\d+)\/\1$/);
    const before = Number((await count()).split("/")[1]);
    await studio.page.locator(".hit[aria-label^='Brush of step:']").focus();
    await studio.page.keyboard.press("Enter");
    await expect.poll(async () => Number((await count()).split("/")[0])).toBeLessThan(before);
    const run = await startScriptedRun(studio.store, "Live");
    scriptCurves(run, 1, 300);
    await run.flush();
    await expect
      .poll(async () => Number((await count()).split("/")[1]), { timeout: 15_000 })
      .toBeGreaterThan(before);
    const [selected, all] = (await count()).split("/").map(Number);
    expect(selected).toBeLessThan(all);
    await run.stop();
  });
});
