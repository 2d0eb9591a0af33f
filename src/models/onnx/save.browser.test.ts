/** @file A model that was trained here gives the same in ONNX Runtime, native and in a real Chromium. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { findChromium } from "../../../scripts/chromium.ts";
import { exportDifferences } from "../testing/exported.ts";
import { openWebRuntime, type WebRuntime } from "../testing/web-runtime.ts";

let web: WebRuntime | undefined;
beforeAll(async () => {
  const chromium = findChromium();
  if (chromium) web = await openWebRuntime(chromium);
  else console.log("save.browser: skipped, no Chromium was found (set $CHROMIUM)");
});
afterAll(() => web?.close());

test("native, and in Chromium by WebAssembly, within 1e-5", async ({ skip }) => {
  const { losses, native, web: inBrowser } = await exportDifferences(web);
  expect(losses[4]).toBeLessThan(losses[0]!);
  expect(native).toBeLessThan(1e-5);
  if (inBrowser === null) return skip();
  expect(inBrowser).toBeLessThan(1e-5);
});
