/** @file What random keys give, as bits, to compare backends by. */
import type { BackendName } from "../backend.ts";
import { compile } from "../compile.ts";
import { bernoulli, foldIn, randomBits, randomInt, randomKey, scalar, splitKey } from "../index.ts";
import type { Tensor } from "../tensor.ts";

/** Bits, split and folded keys, whole numbers and masks from one key, drawn on a backend. */
export async function drawsOn(backend: BackendName): Promise<number[][]> {
  const draw = compile(
    (key: Tensor, step: Tensor) => [
      randomBits(key, [4099]),
      ...splitKey(key, 3),
      foldIn(key, step),
      randomBits(foldIn(key, 5), [17, 3]),
      randomInt(key, [257], -9, 1000),
      bernoulli(key, 0.3, [513]),
    ],
    { backend, name: "draws" },
  );
  try {
    const drawn = await draw(randomKey(20_251_123), scalar(77, "int32"));
    return await Promise.all(drawn.map((t) => t.numbers()));
  } finally {
    draw.dispose();
  }
}
