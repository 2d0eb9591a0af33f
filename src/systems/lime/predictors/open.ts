// Opens a model by one word: an ONNX file, a URL, a module with a function, a saved run, or a command.
import { readFile, stat } from "node:fs/promises";
import { extname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Predict } from "../api.ts";
import { LimeError, quote } from "../errors.ts";
import type { BlackBox, BlackBoxOptions, InputKind, InputKinds } from "./black-box.ts";
import { commandModel } from "./command.ts";
import { cachedOnDisk } from "./disk-cache.ts";
import { httpModel } from "./http.ts";
import { onnxModel } from "./onnx.ts";

/** Options of `openModel`. */
export interface OpenOptions extends BlackBoxOptions {
  /** JSON Lines file that keeps the outputs: what it knows is not asked again. */
  readonly cacheFile?: string;
  /** Whether modules and commands may run: never on behalf of a stranger. Default false. */
  readonly allowCode?: boolean;
}

/** What a system's `predictor.ts` exports as `predictor`: how its saved models are asked. */
export interface SavedModelOpener {
  /** `format` in the model's config.json. */
  readonly format: string;
  open(folder: string): Promise<BlackBox<string>>;
}

/**
 * Opens a model. By the form of `model`: `http(s)://…` an endpoint; `….onnx` a file; `….js`, `.mjs` or
 * `.ts` a module that exports `predict` (and `classNames` if it likes); a folder with config.json a
 * model that Deepdive has saved; anything else a command line that reads JSON Lines.
 */
export async function openModel<K extends InputKind>(
  model: string,
  kind: K,
  options: OpenOptions = {},
): Promise<BlackBox<InputKinds[K]>> {
  const opened = await openPlain(model, kind, options);
  if (options.cacheFile === undefined) return opened;
  const predict = cachedOnDisk<K>(
    opened.predict,
    options.cacheFile,
    await identity(model, options),
  );
  return { ...opened, predict };
}

async function openPlain<K extends InputKind>(
  model: string,
  kind: K,
  options: OpenOptions,
): Promise<BlackBox<InputKinds[K]>> {
  if (/^https?:\/\//i.test(model)) return httpModel<K>(model, options);
  const there = await stat(model).catch(() => undefined);
  // `python serve.py model.onnx` is a command, although it ends like a file.
  const isCommand = there === undefined && /\s/.test(model.trim());
  const extension = isCommand ? "" : extname(model).toLowerCase();
  if (extension === ".onnx") {
    await checkThere(model);
    return onnxModel(model, kind, options);
  }
  if (there?.isDirectory()) {
    if (kind === "text") return (await openSaved(model)) as BlackBox<InputKinds[K]>;
    const received = `the folder ${model}`;
    throw new LimeError("model", { expected: `a model of ${kind} inputs`, received });
  }
  if (options.allowCode !== true) {
    throw new LimeError("model", {
      expected: "an .onnx file, a URL or a saved model's folder",
      received: quote(model),
      hint: "Modules and commands run only where the command line asks for them.",
    });
  }
  if ([".js", ".mjs", ".ts"].includes(extension)) return openModule(model);
  return commandModel<K>(model, options);
}

async function checkThere(path: string): Promise<void> {
  if ((await stat(path).catch(() => undefined))?.isFile()) return;
  throw new LimeError("model", { expected: "a file that is there", received: path });
}

async function openModule<I>(path: string): Promise<BlackBox<I>> {
  await checkThere(path);
  const module = (await import(pathToFileURL(resolve(path)).href)) as {
    predict?: Predict<I>;
    classNames?: readonly string[];
  };
  const { predict, classNames } = module;
  if (typeof predict !== "function") {
    const expected = "a module that exports a function `predict(batch)`";
    throw new LimeError("model", { expected, received: path });
  }
  return { predict, ...(classNames && { classNames }), close: async () => {} };
}

/**
 * Saved models are opened by the system that made them, found by the format's name without its
 * `deepdive-`: explanations know no other system.
 */
async function openSaved(folder: string): Promise<BlackBox<string>> {
  const config = await readFile(join(folder, "config.json"), "utf8").catch(() => "{}");
  const { format = "" } = JSON.parse(config) as { format?: string };
  if (format === "deepdive-sentence-classifier") return openSentenceClassifier(folder);
  const system = /^deepdive-([a-z0-9-]+)$/.exec(format)?.[1];
  const own = extname(import.meta.url);
  const opener =
    system === undefined
      ? undefined
      : ((await import(new URL(`../../${system}/predictor${own}`, import.meta.url).href).catch(
          () => undefined,
        )) as { predictor?: SavedModelOpener } | undefined);
  if (opener?.predictor?.format !== format) {
    throw new LimeError("model", {
      expected: "a folder of a model that can be asked about texts",
      received: `${folder}${format ? ` of format ${format}` : " without a config.json"}`,
    });
  }
  return opener.predictor.open(folder);
}

async function openSentenceClassifier(folder: string): Promise<BlackBox<string>> {
  const { loadSentenceClassifier } = await import("../../../models/index.ts");
  const classifier = await loadSentenceClassifier(folder);
  return {
    predict: (texts) => classifier.probabilities(texts),
    classNames: classifier.labels,
    close: async () => {},
  };
}

/** A model's name in a cache: a file that has changed, or is asked in another way, is another model. */
async function identity(model: string, options: OpenOptions): Promise<string> {
  const { outputs = "probabilities", mean = [], std = [] } = options;
  const file = await stat(model).catch(() => undefined);
  const where = file === undefined ? model : `${resolve(model)} ${file.size} ${file.mtimeMs}`;
  return JSON.stringify([where, outputs, mean, std]);
}
