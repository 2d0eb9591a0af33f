// Films of a replay: a GIF picture by picture, or a WebM video as the browser encodes it.
import { t } from "../i18n/translate.ts";
import { GifWriter } from "./gif.ts";

/** What is filmed. */
export interface Film {
  readonly width: number;
  readonly height: number;
  /** How many epochs there are. */
  readonly stops: number;
  /** Draws the picture at a share (0 to 1) of the way. */
  draw(context: CanvasRenderingContext2D, at: number): void;
  /** Is told which share is done. */
  tell(done: number): void;
}

const gifMs = 70;
/** A GIF of more pictures would be too large for a mail. */
const mostGifPictures = 120;
const videoPicturesPerSecond = 30;
const videoSeconds = { shortest: 3, longest: 20 } as const;
/** The last picture stands this many times as long. */
const lastStands = 12;

function canvasOf({ width, height }: Film, willRead: boolean) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d", { willReadFrequently: willRead });
  if (!context) throw new Error(t("This browser gives no canvas to draw on."));
  return { canvas, context };
}

const nextTurn = () => new Promise<void>((done) => window.setTimeout(done));

/** A GIF that repeats. */
export async function recordGif(film: Film): Promise<Blob> {
  const { width, height } = film;
  const { context } = canvasOf(film, true);
  const count = Math.min(mostGifPictures, Math.max(12, 2 * film.stops - 1));
  const pictureAt = (share: number) => {
    film.draw(context, share);
    return { pixels: context.getImageData(0, 0, width, height).data };
  };
  const samples = [0, 0.1, 0.5, 1].map(pictureAt);
  const gif = new GifWriter({ width, height, delayMs: gifMs }, samples);
  for (let i = 0; i < count + lastStands; i++) {
    gif.add(pictureAt(Math.min(1, i / (count - 1))));
    film.tell((i + 1) / (count + lastStands));
    await nextTurn();
  }
  return new Blob([gif.finish()], { type: "image/gif" });
}

/** A video, recorded as it plays. */
export async function recordWebm(film: Film): Promise<Blob> {
  const kinds = ["video/webm;codecs=vp9", "video/webm;codecs=vp8", "video/webm"];
  const mimeType =
    typeof MediaRecorder === "undefined"
      ? undefined
      : kinds.find((kind) => MediaRecorder.isTypeSupported(kind));
  if (mimeType === undefined) {
    throw new Error(t("This browser records no WebM video; a GIF works everywhere."));
  }
  const { canvas, context } = canvasOf(film, false);
  const seconds = Math.max(videoSeconds.shortest, Math.min(videoSeconds.longest, film.stops / 8));
  const count = Math.round(seconds * videoPicturesPerSecond);
  film.draw(context, 0);
  const stream = canvas.captureStream(videoPicturesPerSecond);
  const recorder = new MediaRecorder(stream, { mimeType, videoBitsPerSecond: 6_000_000 });
  const parts: Blob[] = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  const ended = new Promise<void>((done, fail) => {
    recorder.onstop = () => done();
    recorder.onerror = () => fail(new Error(t("The video could not be recorded.")));
  });
  recorder.start();
  for (let i = 0; i < count + lastStands; i++) {
    film.draw(context, Math.min(1, i / (count - 1)));
    film.tell((i + 1) / (count + lastStands));
    await new Promise<void>((done) => window.setTimeout(done, 1_000 / videoPicturesPerSecond));
  }
  recorder.stop();
  await ended;
  for (const track of stream.getTracks()) track.stop();
  return new Blob(parts, { type: "video/webm" });
}
