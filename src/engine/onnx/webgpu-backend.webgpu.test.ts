// The WebGPU backend: where tensors are, what crosses over, what is refused and how it says so.

import { afterEach, describe, expect, it, vi } from "vitest";
import {
  add,
  cast,
  compile,
  concat,
  DisposedError,
  evaluate,
  gather,
  isNan,
  setBackend,
  type Tensor,
  tensor,
  UnsupportedError,
  ValueError,
} from "../index.ts";
import { startGpu } from "../testing/gpu.ts";

const gpu = await startGpu("the WebGPU backend");
const ramp = (n: number, from = 0) => tensor(Float32Array.from({ length: n }, (_, i) => i + from));
const place = (t: Tensor) => t._storage?.device?.device ?? "host";

const double = compile((x: Tensor) => x.mul(2), { backend: "webgpu", name: "double" });
const bump = compile((x: Tensor) => ({ x: x.add(1), total: x.sum() }), {
  backend: "webgpu",
  donate: [0],
  name: "bump",
});

afterEach(() => setBackend("onnx", { cpuFallback: false }));

describe.skipIf(!gpu)("tensors on the GPU", () => {
  it("stay there, and losses come to the host", async () => {
    const { x, total } = await bump(ramp(100));
    expect(place(x)).toBe("webgpu");
    expect(place(total)).toBe("host");
    expect(await total.item()).toBe(4950);
    expect((await x.numbers()).slice(0, 3)).toEqual([1, 2, 3]);
  });

  it("are downloaded where the CPU needs them", async () => {
    const y = await double(ramp(100));
    expect(place(y)).toBe("webgpu");
    for (const backend of ["onnx", "js"] as const) {
      const cpu = compile((a: Tensor) => a.add(0.5), { backend });
      expect((await (await cpu(y)).numbers())[99]).toBe(198.5);
    }
    expect((await y.add(1).numbers())[2]).toBe(5);
  });

  it("are given back when they are disposed of", async () => {
    const y = await double(ramp(100));
    y.dispose();
    await expect(y.data()).rejects.toThrow(DisposedError);
  });

  it("are used up when they are donated", async () => {
    const first = await bump(ramp(100));
    const second = await bump(first.x);
    await expect(first.x.data()).rejects.toThrow("donated to a compiled function");
    expect((await second.x.numbers())[0]).toBe(2);
  });

  it("may be disposed of while a step that reads them waits for its turn", async () => {
    const y = await double(ramp(100));
    const pending = double(y);
    // Long enough for the call to take its inputs; the run itself comes after all microtasks.
    for (let i = 0; i < 30; i++) await Promise.resolve();
    y.dispose();
    expect((await (await pending).numbers())[1]).toBe(4);
  });

  it("outlive the function that made them", async () => {
    const once = compile((x: Tensor) => x.add(3), { backend: "webgpu" });
    const y = await once(ramp(100));
    once.dispose();
    expect((await y.numbers())[0]).toBe(3);
  });

  it("that are equal share memory until both are gone", async () => {
    const both = compile((x: Tensor) => [x.add(1), x.add(1)], { backend: "webgpu" });
    const [a, b] = await both(ramp(100));
    a.dispose();
    expect((await b.numbers())[0]).toBe(1);
  });

  it("keep large host tensors from their second use on", async () => {
    const table = ramp(8192);
    await double(table);
    expect(place(table)).toBe("host");
    await double(table);
    expect(place(table)).toBe("webgpu");
    expect((await (await double(table)).numbers())[5]).toBe(10);
  });

  it("are what eager work runs on where the backend is chosen", async () => {
    setBackend("webgpu");
    const x = await double(ramp(100));
    const y = x.add(1);
    await evaluate(y);
    expect(place(y)).toBe("webgpu");
    expect((await y.numbers())[3]).toBe(7);
  });
});

describe.skipIf(!gpu)("element types on the GPU", () => {
  const move = compile((x: Tensor) => concat([x, x], 0), {
    backend: "webgpu",
    onRetrace: () => {},
  });

  it.each([
    ["int64", BigInt64Array.from({ length: 40 }, (_, i) => BigInt(i * 3 - 7))],
    ["uint8", Uint8Array.from({ length: 40 }, (_, i) => (i * 37) % 256)],
    ["bool", Uint8Array.from({ length: 40 }, (_, i) => i % 2)],
    ["float16", Uint16Array.from({ length: 40 }, (_, i) => 0x3c00 + i * 16)],
    ["uint32", Uint32Array.from({ length: 40 }, (_, i) => 0xffffffff - i)],
    ["int32", Int32Array.from({ length: 40 }, (_, i) => i - 2 ** 31)],
  ] as const)("%s comes back as it was given", async (dtype, values) => {
    const y = await move(tensor(values, { dtype }));
    expect(y.dtype).toBe(dtype);
    expect(place(y)).toBe("webgpu");
    const data = await y.data();
    expect(data.constructor).toBe(values.constructor);
    expect(Array.from(data as Int32Array)).toEqual([...values, ...values]);
  });

  it("int64 labels and positions work as they are", async () => {
    const pick = compile((x: Tensor, at: Tensor) => gather(x, add(at, 1)), { backend: "webgpu" });
    const at = tensor(BigInt64Array.from([0n, 3n, -2n]));
    expect(await (await pick(ramp(10), at)).array()).toEqual([1, 4, 9]);
  });

  it("an int64 beyond 32 bits is an error", async () => {
    await expect(move(tensor(BigInt64Array.from([2n ** 40n])))).rejects.toThrow(
      "does not fit 32 bits",
    );
    await expect(move(tensor(BigInt64Array.from([2n ** 40n])))).rejects.toThrow(ValueError);
  });

  it("float64 is refused with its op", async () => {
    const wide = compile((x: Tensor) => cast(x, "float64"), { backend: "webgpu", name: "wide" });
    await expect(wide(ramp(3))).rejects.toThrow(/^cast .*its result .* is float64/);
  });
});

describe.skipIf(!gpu)("what WebGPU cannot run", () => {
  it("is refused at compile time with the op and the line that made it", async () => {
    const check = compile((x: Tensor) => isNan(x), { backend: "webgpu", name: "check" });
    await expect(check(ramp(3))).rejects.toThrow(UnsupportedError);
    await expect(check(ramp(3))).rejects.toThrow(
      /isNan \(made at .*webgpu-backend\.webgpu\.test\.ts:\d+:\d+\)+ does not run on webgpu: NaN/,
    );
  });

  it("runs on the CPU where that is allowed, and the report says so", async () => {
    setBackend("onnx", { cpuFallback: true });
    const check = compile((x: Tensor) => isNan(x.mul(2)), { backend: "webgpu" });
    const x = tensor([1, Number.NaN, 3]);
    expect(await (await check(x)).array()).toEqual([false, true, false]);
    const nodes = await check.report(x);
    expect(nodes.map((n) => `${n.op} on ${n.provider}`)).toContain("isNan on cpu");
    expect(nodes.map((n) => `${n.op} on ${n.provider}`)).toContain("mul on webgpu");
  });
});

describe.skipIf(!gpu)("a graph without nodes", () => {
  it("gives its arguments back", async () => {
    const same = compile((x: Tensor) => x, { backend: "webgpu" });
    expect(await (await same(ramp(2))).array()).toEqual([0, 1]);
  });

  it("says nothing by itself", async () => {
    const said = vi.spyOn(console, "error");
    const constant = compile(() => tensor([1, 2]).add(1), { backend: "webgpu" });
    expect(await (await constant()).array()).toEqual([2, 3]);
    expect(said).not.toHaveBeenCalled();
  });
});
