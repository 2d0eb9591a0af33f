import { expect, it } from "vitest";
import { tensor } from "../../engine/index.ts";
import { loadEncoder } from "../../models/encoders/load.ts";
import { blendEncoders } from "./blend.ts";

it("averages every weight, and leaves both encoders as they are", async () => {
  const base = await loadEncoder("use-lite");
  const tuned = await loadEncoder("use-lite");
  const [path] = tuned.module.stateDict().keys();
  const old = tuned.module.stateDict().get(path!)!;
  const data = Float32Array.from((await old.data()) as Float32Array);
  const moved = data.map((x) => x + 2);
  tuned.module.loadStateDict(
    new Map([...tuned.module.stateDict(), [path!, tensor(moved, { shape: old.shape })]]),
  );
  const blended = await blendEncoders(base, tuned, 0.25);
  const found = (await blended.module.stateDict().get(path!)!.data()) as Float32Array;
  for (const i of [0, 1, found.length - 1]) expect(found[i]).toBeCloseTo(data[i]! + 0.5, 5);
  expect(await base.module.stateDict().get(path!)!.data()).toEqual(data);
  expect(await tuned.module.stateDict().get(path!)!.data()).toEqual(moved);
  await expect(blendEncoders(base, tuned, 1.5)).rejects.toThrow("share: expected 0 to 1, got 1.5");
});
