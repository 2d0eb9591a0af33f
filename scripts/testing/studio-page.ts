// A Studio in Chromium for tests of its pages: store, server and browser per file, a fresh page per test.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, type ConsoleMessage, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import { LabRegistry, Queue, type Store } from "../../src/lab/index.ts";
import { makeStore } from "../../src/lab/testing.ts";
import { ensureStudioBundle, type RunningServer, startServer } from "../../src/server/index.ts";
import { findChromium } from "../chromium.ts";

/** Where the browser is; undefined where there is none, and tests of pages are skipped. */
export const executablePath = findChromium();

/** Quiet, and asking nobody for anything by itself. */
export const browserArgs = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Arguments of `useStudio`. */
export interface StudioOptions {
  /** Folders of labs beside Deepdive's own; without it the server has no labs. */
  readonly labs?: readonly string[];
  /** Runs are worked on. */
  readonly works?: boolean;
  /** Called once with the store, before the server starts. */
  readonly prepare?: (store: Store) => Promise<unknown>;
  readonly viewport?: { readonly width: number; readonly height: number };
  /** Errors in the browser's console that are part of a test. */
  readonly expected?: (message: ConsoleMessage) => boolean;
}

/** What a test works with; all of it is there from `beforeAll` on, the page from `beforeEach`. */
export interface TestStudio {
  readonly store: Store;
  readonly server: RunningServer;
  readonly page: Page;
  /** Folder of the bundle. */
  readonly bundle: string;
  /** Errors of the page so far, and requests to other hosts; a test fails where any is left at its end. */
  complaints: string[];
  /** The server is away while `work` lasts, then there again at the same address. */
  away(work: () => Promise<void>): Promise<void>;
}

/** The same while it is being put together. */
type Setup = { -readonly [Key in keyof TestStudio]: TestStudio[Key] };

/** Sets a Studio up for the tests of a file, and takes it down again. */
export function useStudio(options: StudioOptions = {}): TestStudio {
  const { labs, works = false, viewport = { width: 1_400, height: 900 } } = options;
  const studio = { complaints: [] } as Partial<Setup> as Setup;
  let discard: (() => Promise<void>) | undefined;
  let browser: Browser | undefined;
  let queue: Queue | undefined;
  const serve = async (port: number) => {
    const { store, bundle } = studio;
    const registry = labs && new LabRegistry({ folders: labs });
    if (registry && works && !queue) {
      queue = await Queue.open(store);
      queue.work({ registry });
    }
    studio.server = await startServer({ store, studio: bundle, registry, queue, port });
  };
  studio.away = async (work) => {
    const { port } = studio.server;
    await studio.server.close();
    await work();
    await serve(port);
  };

  beforeAll(async () => {
    const [made, bundle] = await Promise.all([makeStore(), ensureStudioBundle()]);
    discard = made.discard;
    Object.assign(studio, { store: made.store, bundle });
    await options.prepare?.(made.store);
    [browser] = await Promise.all([
      chromium.launch({ executablePath, args: browserArgs }),
      serve(0),
    ]);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await studio.server?.close();
    await queue?.stop();
    await discard?.();
  });
  beforeEach(async () => {
    studio.complaints = [];
    studio.page = await (browser as Browser).newPage({ viewport });
    studio.page.on("pageerror", (error) => studio.complaints.push(error.message));
    studio.page.on("console", (message) => {
      if (message.type() !== "error" || options.expected?.(message)) return;
      studio.complaints.push(message.text());
    });
    studio.page.on("request", (request) => {
      const { origin, protocol } = new URL(request.url());
      if (["data:", "blob:"].includes(protocol) || origin === studio.server.url) return;
      studio.complaints.push(`asked ${request.url()}`);
    });
  });
  afterEach(async () => {
    await studio.page.close();
    expect(studio.complaints).toEqual([]);
  });
  return studio;
}

interface Fault {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string }[];
}

let axe: string | undefined;

/** Serious accessibility faults of the page as it is, in light and dark, as axe finds them. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  axe ??= readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  await page.evaluate(axe);
  const found: string[] = [];
  for (const colorScheme of ["light", "dark"] as const) {
    // A colour half way through its transition would be judged as it is.
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const { violations } = await page.evaluate(() =>
      (globalThis as unknown as { axe: { run(): Promise<{ violations: Fault[] }> } }).axe.run(),
    );
    const serious = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
    found.push(
      ...serious.map(({ id, nodes }) => `${colorScheme} ${id}: ${nodes[0]?.html.slice(0, 160)}`),
    );
  }
  return found;
}
