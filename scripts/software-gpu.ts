// A graphics adapter in software for the tests of the WebGPU backend: the one that Chromium brings along.

import { existsSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { findChromium } from "./chromium.ts";

/** Where a software adapter's environment was made, and how to take it away again. */
export interface SoftwareGpu {
  /** To be set before a process starts: the system's loader reads it only then. */
  readonly env: { readonly LD_LIBRARY_PATH: string; readonly VK_ICD_FILENAMES: string };
  dispose(): void;
}

const driver = "libvk_swiftshader.so";
const loader = "libvulkan.so.1";

/** The folder of Chromium's own libraries: its command may be a script or a link elsewhere. */
function libraryFolder(chromium: string): string | undefined {
  const folders = [dirname(realpathSync(chromium)), "/usr/lib/chromium", "/opt/google/chrome"];
  return folders.find((folder) => [driver, loader].every((file) => existsSync(join(folder, file))));
}

/**
 * Prepares Chromium's software adapter for native code on Linux. The folder made for it holds only
 * the Vulkan loader: Chromium's other libraries must not take the place of the system's.
 *
 * @returns undefined where there is no such adapter; `$DEEPDIVE_GPU=hardware` asks for the machine's own.
 */
export function softwareGpu(): SoftwareGpu | undefined {
  if (process.platform !== "linux" || process.env.DEEPDIVE_GPU === "hardware") return undefined;
  const chromium = findChromium();
  const from = chromium && libraryFolder(chromium);
  if (!from) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "deepdive-gpu-"));
  symlinkSync(join(from, loader), join(folder, loader));
  const icd = join(folder, "swiftshader.json");
  const ICD = { library_path: join(from, driver), api_version: "1.0.5" };
  writeFileSync(icd, JSON.stringify({ file_format_version: "1.0.0", ICD }));
  const paths = [folder, process.env.LD_LIBRARY_PATH ?? ""].filter((path) => path !== "");
  return {
    env: { LD_LIBRARY_PATH: paths.join(delimiter), VK_ICD_FILENAMES: icd },
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
}
