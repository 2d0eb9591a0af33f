/** @file Whether tests of the WebGPU backend can run here. */
import { backendOf } from "../backend.ts";

/**
 * Starts the WebGPU backend; false, and a line that says why, where it cannot. `npm test` gives it
 * the software adapter of Chromium where there is one.
 */
export async function startGpu(suite: string): Promise<boolean> {
  try {
    await backendOf("webgpu");
    return true;
  } catch (error) {
    console.log(`${suite}: skipped, ${(error as Error).message} (npm test looks for an adapter)`);
    return false;
  }
}
