// `display()`: the plot below a notebook's cell, or in a browser on this machine, with the selection on its way back.
import { spawn } from "node:child_process";
import { EventEmitter } from "node:events";
import type { Extent } from "./core/brush.ts";
import type { Filter } from "./core/filters.ts";
import { parseSentence } from "./core/sentence.ts";
import type { Datapoint } from "./core/types.ts";
import { HiplotError } from "./errors.ts";
import { type ExperimentData, pointsOf, type Row } from "./experiment.ts";
import { renderHtml } from "./html.ts";
import { type HiplotServer, serveHiplot, wireOf } from "./serve.ts";

/** Options of `display`. */
export interface DisplayOptions {
  /** Open a browser window. Default: where this is an interactive terminal. */
  readonly open?: boolean;
  readonly port?: number;
}

/** What a page tells. */
export type DisplayEvent = "selected_uids" | "filtered_uids" | "brush_extents" | "height_changed";

/** A plot that is being shown. */
export interface Displayed {
  /** Where it is shown, once the server listens. */
  readonly url: Promise<string>;
  /** The rows that are selected in the page; rejects while no page has said so. */
  getSelected(): Promise<Datapoint[]>;
  getBrushExtents(): Promise<Record<string, Extent>>;
  /** Brushes the page by a filter or a sentence such as `lr in [1e-4, 3e-3] and optimizer = adam`. */
  setFilter(filter: Filter | string): void;
  on(event: DisplayEvent, listener: (data: unknown) => void): void;
  /** Shows further rows at once; a row whose `uid` is there already is replaced. Brushes stay. */
  put(rows: Iterable<Row>): void;
  /** Ends the server; the page stays as it is. */
  close(): Promise<void>;
}

/** Shows an experiment; see `Experiment.display`. */
export function displayExperiment(experiment: ExperimentData, options: DisplayOptions): Displayed {
  return new ServedDisplay(experiment, options);
}

class ServedDisplay implements Displayed {
  readonly url: Promise<string>;
  #experiment: ExperimentData;
  #server: Promise<HiplotServer>;
  #events = new EventEmitter();
  #last = new Map<string, unknown>();

  constructor(experiment: ExperimentData, { open, port = 0 }: DisplayOptions) {
    this.#experiment = experiment;
    this.#server = serveHiplot({
      experiment,
      port,
      onMessage: (type, data) => {
        this.#last.set(type, data);
        this.#events.emit(type, data);
      },
    });
    this.url = this.#server.then((server) => {
      process.stderr.write(`hiplot: ${experiment.size} rows at ${server.url} (Ctrl-C ends it)\n`);
      if (open ?? process.stdout.isTTY) openBrowser(server.url);
      return server.url;
    });
    // Who does not wait for the address still learns of a port that is taken.
    this.url.catch((error: Error) => process.stderr.write(`hiplot: ${error.message}\n`));
  }

  async getSelected(): Promise<Datapoint[]> {
    const uids = new Set(this.#told("selected_uids") as string[]);
    return this.#experiment.datapoints.filter(({ uid }) => uids.has(uid));
  }

  async getBrushExtents(): Promise<Record<string, Extent>> {
    return this.#told("brush_extents") as Record<string, Extent>;
  }

  setFilter(filter: Filter | string): void {
    const columns = this.#experiment.columns();
    const parsed = typeof filter === "string" ? parseSentence(filter, columns) : filter;
    void this.#server.then((server) => server.send("set_filter", parsed));
  }

  on(event: DisplayEvent, listener: (data: unknown) => void): void {
    this.#events.on(event, listener);
  }

  put(rows: Iterable<Row>): void {
    const points = pointsOf(rows, this.#experiment.size);
    this.#experiment.put(points);
    void this.#server.then((server) => server.put(points));
  }

  async close(): Promise<void> {
    await (await this.#server).close();
  }

  /** What notebooks of Deno and others ask a value for. */
  async [Symbol.for("Jupyter.display")](): Promise<Record<string, string>> {
    return { "text/html": await notebookHtml(this.#experiment) };
  }

  #told(type: string): unknown {
    if (this.#last.has(type)) return this.#last.get(type);
    throw new HiplotError(
      "option",
      "display: the page has said nothing yet; open its address, and ask once the plot is there",
    );
  }
}

/** The plot in a frame of its own, so that the notebook's styles and the plot's keep apart. */
async function notebookHtml(experiment: ExperimentData): Promise<string> {
  const html = await renderHtml(wireOf(experiment));
  const safe = html.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  return `<iframe title="hiplot" style="width:100%;height:900px;border:0" sandbox="allow-scripts allow-downloads" srcdoc="${safe}"></iframe>`;
}

function openBrowser(url: string): void {
  const [command, args] =
    process.platform === "darwin"
      ? ["open", [url]]
      : process.platform === "win32"
        ? ["cmd", ["/c", "start", "", url]]
        : ["xdg-open", [url]];
  const child = spawn(command as string, args as string[], { stdio: "ignore", detached: true });
  child.on("error", () => {});
  child.unref();
}
