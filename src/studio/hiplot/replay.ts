// Replay: a slider over the epochs; the lines of the runs move as training went on, and can be filmed.
import { t } from "../i18n/translate.ts";
import { button, html } from "./dom.ts";
import { saveBlob } from "./export.ts";
import type { PlotModel } from "./model.ts";
import type { ParallelPlot } from "./parallel.ts";
import { recordGif, recordWebm } from "./record.ts";
import { drawFilmPicture, drawMoments, filmSize } from "./replay-picture.ts";
import { type Moment, momentsAt, stepAt, stopsOf } from "./replay-runs.ts";
import type { RunFacts } from "./run-facts.ts";

/** More runs than this are replayed by an even sample of them. */
const mostRuns = 2_000;
/** A whole replay takes about this long, but an epoch neither flies by nor drags on. */
const usualMs = 12_000;
const [shortestMs, longestMs] = [15, 500];
/** Where motion is unwelcome, lines jump from epoch to epoch, and not often. */
const calmMs = 700;
/** Widths of films in pixels. */
const filmWidths = { gif: 900, webm: 1_280 } as const;

/** The slider and what it moves. */
export class Replay {
  readonly element = html("div", { class: "replay" });
  readonly #model: PlotModel;
  readonly #plot: ParallelPlot;
  readonly #facts: RunFacts;
  readonly #follow: (rows: ReadonlyMap<number, number> | null) => void;
  readonly #canvas = html("canvas", { class: "replay-lines", "aria-hidden": "true" });
  readonly #slider = html("input", { type: "range", min: 0, step: "any" });
  readonly #says = html("output", { class: "replay-step" });
  readonly #play = button("", () => this.toggle());
  readonly #note = html("span", { class: "share", role: "status" });
  readonly #calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  #stops: number[] = [];
  #place = 0;
  #isOn = false;
  #isPlaying = false;
  #frame = 0;
  #timer = 0;

  /** @param follow is told the row of each run that is shown; null when the replay ends */
  constructor(
    model: PlotModel,
    plot: ParallelPlot,
    facts: RunFacts,
    follow: (rows: ReadonlyMap<number, number> | null) => void,
  ) {
    this.#model = model;
    this.#plot = plot;
    this.#facts = facts;
    this.#follow = follow;
    this.element.hidden = !facts.hasLineage;
    this.#writeClosed();
    this.#slider.addEventListener("input", () => {
      this.#pause();
      this.#goTo(Number(this.#slider.value));
    });
    this.element.addEventListener("keydown", (event) => this.#key(event));
  }

  /** Starts or stops. */
  toggle(): void {
    if (this.#isPlaying) {
      this.#pause();
      return;
    }
    if (this.#place >= this.#stops.length - 1) this.#place = 0;
    this.#isPlaying = true;
    this.#showState();
    let before = performance.now();
    const pace = Math.max(shortestMs, Math.min(longestMs, usualMs / this.#stops.length));
    const move = (now: number) => {
      this.#goTo(this.#place + (now - before) / pace);
      before = now;
      if (this.#place >= this.#stops.length - 1) return this.#pause();
      this.#frame = requestAnimationFrame(move);
    };
    const jump = () => {
      this.#goTo(Math.floor(this.#place) + 1);
      if (this.#place >= this.#stops.length - 1) return this.#pause();
      this.#timer = window.setTimeout(jump, calmMs);
    };
    if (this.#calm.matches) this.#timer = window.setTimeout(jump, calmMs);
    else this.#frame = requestAnimationFrame(move);
  }

  /** Draws the present moment anew, as axes, colours or the selection may have changed. */
  update(): void {
    if (this.#isOn) this.#goTo(this.#place);
  }

  /** Ends all work. */
  leave(): void {
    this.#pause();
  }

  #open(): void {
    this.#isOn = true;
    this.#stops = stopsOf(this.#facts.steps);
    this.#slider.max = String(this.#stops.length - 1);
    this.#slider.setAttribute("aria-label", t("Replay: {name}", { name: this.#facts.stepName }));
    this.#plot.element.classList.add("replaying");
    this.#plot.overlay.prepend(this.#canvas);
    this.element.replaceChildren(
      this.#play,
      this.#slider,
      this.#says,
      button("GIF", () => void this.#film("gif"), { title: t("Record as GIF") }),
      button(t("Video"), () => void this.#film("webm"), { title: t("Record as WebM video") }),
      button(t("End replay"), () => this.#close()),
      this.#note,
    );
    this.#goTo(0);
    this.#showState();
    this.#slider.focus();
  }

  #close(): void {
    this.#pause();
    this.#isOn = false;
    this.#plot.element.classList.remove("replaying");
    this.#canvas.remove();
    this.#follow(null);
    this.#writeClosed();
    this.element.querySelector("button")?.focus();
  }

  #writeClosed(): void {
    const words = t("Replay the training");
    const knob = button(`▶ ${words}`, () => this.#open(), {
      title: t("Lines move from epoch to epoch, as training went on"),
    });
    this.element.replaceChildren(knob);
  }

  #pause(): void {
    cancelAnimationFrame(this.#frame);
    window.clearTimeout(this.#timer);
    this.#isPlaying = false;
    this.#showState();
  }

  #showState(): void {
    this.#play.textContent = this.#isPlaying ? "⏸" : "▶";
    this.#play.setAttribute("aria-label", this.#isPlaying ? t("Pause") : t("Play"));
    this.#play.title = t("Space plays and pauses, arrows step, Escape ends");
  }

  #key(event: KeyboardEvent): void {
    if (!this.#isOn) return;
    const onSlider = event.composedPath()[0] === this.#slider;
    const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    if (event.key === "Escape") this.#close();
    else if (event.key === " " && onSlider) this.toggle();
    else if (step && onSlider) {
      this.#pause();
      this.#goTo(Math.round(this.#place) + step);
    } else return;
    event.preventDefault();
  }

  #goTo(place: number): void {
    this.#place = Math.max(0, Math.min(this.#stops.length - 1, place));
    this.#slider.value = String(this.#place);
    const step = stepAt(this.#stops, this.#place);
    const words = this.#caption(step);
    this.#says.textContent = words;
    this.#slider.setAttribute("aria-valuetext", words);
    const moments = this.#moments(step);
    this.#follow(new Map(moments.map(({ run, row }) => [run, row])));
    const { width, height } = this.#plot.drawing();
    const density = window.devicePixelRatio || 1;
    this.#canvas.width = Math.round(width * density);
    this.#canvas.height = Math.round(height * density);
    this.#canvas.style.width = `${width}px`;
    this.#canvas.style.height = `${height}px`;
    const context = this.#canvas.getContext("2d");
    const colours = this.#plot.rowColours();
    if (!context || !colours) return;
    context.scale(density, density);
    drawMoments(context, this.#plot.tracks(), moments, colours);
  }

  #caption(step: number): string {
    return `${this.#facts.stepName} ${Number.isInteger(step) ? step : Math.floor(step)}`;
  }

  /** The runs that are shown at a step: those whose row is selected then. */
  #moments(step: number): Moment[] {
    const { chains, steps } = this.#facts;
    const every = Math.max(1, chains.count / mostRuns);
    const count = Math.floor(chains.count / every);
    const runs = Array.from({ length: count }, (_, i) => Math.floor(i * every));
    this.#note.textContent =
      every > 1 ? t("{n} of {all} runs, evenly chosen", { n: count, all: chains.count }) : "";
    const { selected } = this.#model;
    return momentsAt(chains, steps, step, runs).filter(({ row }) => selected.has(row));
  }

  async #film(kind: "gif" | "webm"): Promise<void> {
    this.#pause();
    const colours = this.#plot.rowColours();
    if (!colours) return;
    const dark = getComputedStyle(this.element).colorScheme.includes("dark");
    const scene = { ...this.#plot.drawing(), dark };
    const { share, ...size } = filmSize(scene, filmWidths[kind]);
    const tracks = this.#plot.tracks();
    const draw = (context: CanvasRenderingContext2D, at: number) => {
      const step = stepAt(this.#stops, at * (this.#stops.length - 1));
      const moments = this.#moments(step);
      drawFilmPicture(context, scene, share, tracks, moments, colours, this.#caption(step));
    };
    const tell = (done: number) => {
      this.#note.textContent = t("recording: {share} %", { share: Math.round(100 * done) });
    };
    try {
      const record = kind === "gif" ? recordGif : recordWebm;
      const film = await record({ ...size, stops: this.#stops.length, draw, tell });
      saveBlob(`replay.${kind}`, film);
      const kilobytes = Math.ceil(film.size / 1_000);
      this.#note.textContent = t("saved: {n} kB", { n: kilobytes });
    } catch (error) {
      this.#note.textContent = (error as Error).message;
    }
  }
}
