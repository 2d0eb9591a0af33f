import { expect, it } from "vitest";
import { cast, compile, type Tensor, tensor } from "../index.ts";

it("float16 goes into a session and comes out of it, and stays a class of the language", async () => {
  // 1.5, 2.25 and -3 in IEEE 754 binary16.
  const x = tensor(Uint16Array.of(0x3e00, 0x4080, 0xc200), { dtype: "float16" });
  const affine = compile((t: Tensor) => t.mul(2).add(1), { backend: "onnx" });
  const y = await affine(x);
  expect(y.dtype).toBe("float16");
  expect(await y.array()).toEqual([4, 5.5, -5]);
  const wide = compile((t: Tensor) => cast(t, "float32"), { backend: "onnx" });
  expect(await (await wide(x)).array()).toEqual([1.5, 2.25, -3]);
  expect(typeof Reflect.get(globalThis, "Float16Array")).toBe("function");
});
