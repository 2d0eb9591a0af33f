// The first number of David Bau's seedrandom (ARC4) for a text: HiPlot takes category colours from it.

/** A number from 0 up to 1 that follows from `seed` alone. */
export function seededNumber(seed: string): number {
  const key: number[] = [];
  let smear = 0;
  for (let j = 0; j < seed.length; j++) {
    const at = j & 255;
    smear ^= (key[at] ?? 0) * 19;
    key[at] = 255 & (smear + seed.charCodeAt(j));
  }
  const next = arc4(key.length > 0 ? key : [0]);
  // The generator skips its first 256 numbers (RC4-drop[256]).
  next(256);
  let numerator = next(6);
  let denominator = 256 ** 6;
  let extra = 0;
  while (numerator < 2 ** 52) {
    numerator = (numerator + extra) * 256;
    denominator *= 256;
    extra = next(1);
  }
  while (numerator >= 2 ** 53) {
    numerator /= 2;
    denominator /= 2;
    extra >>>= 1;
  }
  return (numerator + extra) / denominator;
}

/** RC4's key stream: `next(n)` gives the number made of the next n bytes. */
function arc4(key: readonly number[]): (bytes: number) => number {
  const state = Array.from({ length: 256 }, (_, i) => i);
  let j = 0;
  for (let i = 0; i < 256; i++) {
    const held = state[i]!;
    j = 255 & (j + key[i % key.length]! + held);
    state[i] = state[j]!;
    state[j] = held;
  }
  let i = 0;
  j = 0;
  return (bytes) => {
    let number = 0;
    for (let n = 0; n < bytes; n++) {
      i = 255 & (i + 1);
      const held = state[i]!;
      j = 255 & (j + held);
      state[i] = state[j]!;
      state[j] = held;
      number = number * 256 + state[255 & (state[i]! + held)]!;
    }
    return number;
  };
}
