// Finding a saved model by what a user types: a folder, a run's id or its beginning, or "latest".
import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";

const marker = "config.json";

/**
 * The folder of a saved model. Reads the folders of runs directly, so that it works while another
 * process has the store open.
 */
export async function findModel(dataDir: string, wanted: string): Promise<string> {
  if (existsSync(join(wanted, marker))) return resolve(wanted);
  const models = await savedModels(dataDir);
  if (wanted === "latest") {
    const latest = models.toSorted((a, b) => b.savedMs - a.savedMs)[0];
    if (latest) return latest.folder;
    throw new Error(`--model: there is no trained model in ${dataDir} yet; train one first`);
  }
  const matches = models.filter(({ runId }) => runId.startsWith(wanted));
  if (matches.length === 1) return matches[0].folder;
  if (matches.length > 1) {
    const ids = matches.map(({ runId }) => runId).join(", ");
    throw new Error(`--model: ${wanted} is the beginning of several runs: ${ids}`);
  }
  throw new Error(
    `--model: ${wanted} is neither a model's folder nor a run with a model in ${dataDir}; ` +
      '"deepdive runs" lists what there is',
  );
}

async function savedModels(dataDir: string) {
  const runs = resolve(dataDir, "runs");
  const ids = await readdir(runs).catch(() => []);
  const models = await Promise.all(
    ids.map(async (runId) => {
      const folder = join(runs, runId, "artifacts", "model");
      const file = await stat(join(folder, marker)).catch(() => undefined);
      return file ? [{ runId, folder, savedMs: file.mtimeMs }] : [];
    }),
  );
  return models.flat();
}
