// Animated GIFs (GIF89a, LZW): small enough to be in every page, without a library.

/** A picture: red, green, blue and alpha of each pixel. */
export interface GifFrame {
  readonly pixels: Uint8ClampedArray;
}

/** Options of a GIF. */
export interface GifOptions {
  readonly width: number;
  readonly height: number;
  /** Milliseconds that each picture stands. */
  readonly delayMs: number;
}

const paletteSize = 256;

/** Writes pictures one by one; the palette is made from a few of them first. */
export class GifWriter {
  readonly #parts: Uint8Array[] = [];
  readonly #options: GifOptions;
  readonly #palette: Uint8Array;
  /** The nearest colour of the palette for each colour of 5 bits a channel; -1 while unknown. */
  readonly #nearest = new Int16Array(1 << 15).fill(-1);

  /** @param samples pictures from which the colours are taken */
  constructor(options: GifOptions, samples: readonly GifFrame[]) {
    this.#options = options;
    this.#palette = paletteOf(samples);
    const { width, height } = options;
    this.#write(
      ...ascii("GIF89a"),
      ...[width & 255, width >> 8, height & 255, height >> 8],
      // A global palette of 256 colours, 8 bits a channel.
      ...[0xf7, 0, 0],
    );
    this.#parts.push(this.#palette);
    // Shown again and again.
    this.#write(0x21, 0xff, 11, ...ascii("NETSCAPE2.0"), 3, 1, 0, 0, 0);
  }

  add({ pixels }: GifFrame): void {
    const { width, height, delayMs } = this.#options;
    const delay = Math.max(2, Math.round(delayMs / 10));
    this.#write(0x21, 0xf9, 4, 0, delay & 255, delay >> 8, 0, 0);
    this.#write(0x2c, 0, 0, 0, 0, width & 255, width >> 8, height & 255, height >> 8, 0);
    const indices = new Uint8Array(width * height);
    for (let i = 0, at = 0; i < indices.length; i++, at += 4) {
      indices[i] = this.#indexOf(pixels[at], pixels[at + 1], pixels[at + 2]);
    }
    this.#write(8);
    this.#parts.push(inBlocks(lzw(indices)));
  }

  finish(): Uint8Array<ArrayBuffer> {
    this.#write(0x3b);
    const all = new Uint8Array(this.#parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  #write(...bytes: number[]): void {
    this.#parts.push(Uint8Array.from(bytes));
  }

  #indexOf(red: number, green: number, blue: number): number {
    const key = ((red >> 3) << 10) | ((green >> 3) << 5) | (blue >> 3);
    if (this.#nearest[key] >= 0) return this.#nearest[key];
    let best = 0;
    let least = Infinity;
    for (let i = 0; i < paletteSize; i++) {
      const distance =
        (this.#palette[3 * i] - red) ** 2 +
        (this.#palette[3 * i + 1] - green) ** 2 +
        (this.#palette[3 * i + 2] - blue) ** 2;
      if (distance < least) [best, least] = [i, distance];
    }
    this.#nearest[key] = best;
    return best;
  }
}

function ascii(text: string): number[] {
  return Array.from(text, (letter) => letter.charCodeAt(0));
}

/** Levels of each channel in the even part of the palette: no colour is farther off than half a cell of it. */
const levels = 5;

/**
 * The commonest colours of the pictures (5 bits a channel, each as the mean of what falls into it), and
 * an even cube of 125 for all the others.
 */
function paletteOf(samples: readonly GifFrame[]): Uint8Array {
  const counts = new Uint32Array(1 << 15);
  const sums = new Float64Array(3 << 15);
  for (const { pixels } of samples) {
    for (let at = 0; at < pixels.length; at += 4) {
      const key = ((pixels[at] >> 3) << 10) | ((pixels[at + 1] >> 3) << 5) | (pixels[at + 2] >> 3);
      counts[key]++;
      for (let c = 0; c < 3; c++) sums[3 * key + c] += pixels[at + c];
    }
  }
  const used = [...counts.keys()].filter((key) => counts[key] > 0);
  used.sort((a, b) => counts[b] - counts[a]);
  const palette = new Uint8Array(3 * paletteSize);
  const cube = levels ** 3;
  for (let i = 0; i < cube; i++) {
    const steps = [i % levels, Math.floor(i / levels) % levels, Math.floor(i / levels ** 2)];
    palette.set(
      steps.map((step) => Math.round((255 * step) / (levels - 1))),
      3 * (paletteSize - cube + i),
    );
  }
  used.slice(0, paletteSize - cube).forEach((key, i) => {
    for (let c = 0; c < 3; c++) palette[3 * i + c] = Math.round(sums[3 * key + c] / counts[key]);
  });
  return palette;
}

/** GIF's LZW with 8-bit symbols: codes of 9 to 12 bits, least significant bit first. */
function lzw(indices: Uint8Array): Uint8Array {
  const [clear, end] = [256, 257];
  const out = new Uint8Array(2 * indices.length + 16);
  let [bytes, held, bits] = [0, 0, 0];
  let width = 9;
  let next = 258;
  // A known string is its prefix's code and one more symbol.
  let known = new Map<number, number>();
  const put = (code: number) => {
    held |= code << bits;
    for (bits += width; bits >= 8; bits -= 8) {
      out[bytes++] = held & 255;
      held >>>= 8;
    }
  };
  put(clear);
  let prefix = indices[0];
  for (let i = 1; i < indices.length; i++) {
    const key = (prefix << 8) | indices[i];
    const code = known.get(key);
    if (code !== undefined) {
      prefix = code;
      continue;
    }
    put(prefix);
    if (next === 4_096) {
      put(clear);
      known = new Map();
      width = 9;
      next = 258;
    } else {
      if (next === 1 << width) width++;
      known.set(key, next++);
    }
    prefix = indices[i];
  }
  put(prefix);
  put(end);
  if (bits > 0) out[bytes++] = held & 255;
  return out.subarray(0, bytes);
}

/** Data in blocks of at most 255 bytes, each after its length; an empty one ends them. */
function inBlocks(data: Uint8Array): Uint8Array {
  const blocks = Math.ceil(data.length / 255);
  const out = new Uint8Array(data.length + blocks + 1);
  let at = 0;
  for (let from = 0; from < data.length; from += 255) {
    const part = data.subarray(from, from + 255);
    out[at++] = part.length;
    out.set(part, at);
    at += part.length;
  }
  return out;
}
