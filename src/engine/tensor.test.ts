/** @file Making tensors, reading them, and indexing them as NumPy does. */
import { describe, expect, it } from "vitest";
import {
  arange,
  concat,
  eye,
  flip,
  full,
  linspace,
  oneHot,
  ones,
  onesLike,
  type Position,
  pad,
  repeat,
  roll,
  scalar,
  slice,
  split,
  stack,
  type Tensor,
  tensor,
  tile,
  zeros,
  zerosLike,
} from "./index.ts";

const ints = (values: number[] | number[][]): Tensor => tensor(values, { dtype: "int32" });
/** [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]] */
const m = arange(12).reshape([3, 4]);

describe("tensor", () => {
  it("takes numbers, nested arrays and booleans", async () => {
    expect([tensor(5).shape, tensor(5).dtype]).toEqual([[], "float32"]);
    expect(
      tensor([
        [1, 2, 3],
        [4, 5, 6],
      ]).shape,
    ).toEqual([2, 3]);
    expect(tensor([[], []]).shape).toEqual([2, 0]);
    expect(tensor([true, false]).dtype).toBe("bool");
    expect(await tensor([true, false]).array()).toEqual([true, false]);
    expect(await tensor([1.7, -1.7], { dtype: "int32" }).array()).toEqual([1, -1]);
    expect(await tensor([1, 2, 3, 4], { shape: [2, 2] }).array()).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it("takes typed arrays with their dtype, without a copy", async () => {
    const host = new Float32Array([1, 2]);
    expect((await tensor(host).data()).buffer).toBe(host.buffer);
    expect(tensor(new Int32Array(2)).dtype).toBe("int32");
    expect(tensor(new BigInt64Array(2)).dtype).toBe("int64");
    expect(tensor(new Uint8Array(2)).dtype).toBe("uint8");
    expect(await tensor(new Uint8Array([1, 0]), { dtype: "bool" }).array()).toEqual([true, false]);
    expect(tensor(new Float32Array([1, 2]), { dtype: "int32" }).dtype).toBe("int32");
    expect(await tensor(new Float32Array(8).subarray(3, 5)).shape).toEqual([2]);
  });

  it("holds float16 as bits and reads it as numbers", async () => {
    const x = tensor([1, 0.1, 65504, 1e6], { dtype: "float16" });
    expect([...(await x.data())]).toEqual([0x3c00, 0x2e66, 0x7bff, 0x7c00]);
    expect(await x.numbers()).toEqual([1, 0.0999755859375, 65504, Number.POSITIVE_INFINITY]);
  });

  it("reads int64 as BigInt data and as numbers", async () => {
    const x = tensor([2 ** 40, -3], { dtype: "int64" });
    expect(await x.data()).toEqual(new BigInt64Array([1099511627776n, -3n]));
    expect(await x.numbers()).toEqual([2 ** 40, -3]);
  });

  it("is made of one value, of ranges, of the identity", async () => {
    expect(await full([2, 2], 7).array()).toEqual([
      [7, 7],
      [7, 7],
    ]);
    expect(await zeros([3], "bool").array()).toEqual([false, false, false]);
    expect([ones([2], "int64").dtype, onesLike(m).dtype, zerosLike(m).shape]).toEqual([
      "int64",
      "int32",
      [3, 4],
    ]);
    expect(await arange(2, 11, 3).array()).toEqual([2, 5, 8]);
    expect(await arange(3, 0, -1).array()).toEqual([3, 2, 1]);
    expect(await arange(0, 1, 0.25, "float32").array()).toEqual([0, 0.25, 0.5, 0.75]);
    expect(await linspace(0, 1, 5).array()).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(await eye(2, 3).array()).toEqual([
      [1, 0, 0],
      [0, 1, 0],
    ]);
    expect(await scalar(3, "int32").item()).toBe(3);
  });

  it("has size, rank and a short name", () => {
    expect([m.size, m.rank, String(m)]).toEqual([12, 2, "Tensor(int32[3, 4])"]);
  });
});

describe("indexing", () => {
  it.each([
    ["a row", [1], [4, 5, 6, 7]],
    ["from the end", [-1, -2], 10],
    ["a column", [null, 1], [1, 5, 9]],
    [
      "ranges",
      [
        [1, 3],
        [0, 2],
      ],
      [
        [4, 5],
        [8, 9],
      ],
    ],
    [
      "ranges to the end",
      [
        [1, null],
        [-2, null],
      ],
      [
        [6, 7],
        [10, 11],
      ],
    ],
    [
      "steps",
      [
        [0, null, 2],
        [1, null, 2],
      ],
      [
        [1, 3],
        [9, 11],
      ],
    ],
    ["backwards", [[null, null, -1], 0], [8, 4, 0]],
    ["backwards in steps", [0, [null, null, -2]], [3, 1]],
    ["backwards within", [0, [2, 0, -1]], [2, 1]],
    ["beyond the end", [[1, 99], 0], [4, 8]],
    ["nothing", [[2, 1], 0], []],
    [
      "by positions",
      [ints([2, 0])],
      [
        [8, 9, 10, 11],
        [0, 1, 2, 3],
      ],
    ],
    [
      "by positions from the end",
      [null, ints([-1, 0])],
      [
        [3, 0],
        [7, 4],
        [11, 8],
      ],
    ],
    [
      "by a matrix of positions",
      [
        0,
        ints([
          [0, 1],
          [2, 3],
        ]),
      ],
      [
        [0, 1],
        [2, 3],
      ],
    ],
  ] as [string, Position[], unknown][])("%s", async (_name, positions, expected) => {
    expect(await m.at(...positions).array()).toEqual(expected);
  });

  it("slices with null for as far as it goes", async () => {
    expect(await slice(m, [null, 1], [2, null]).array()).toEqual([
      [1, 2, 3],
      [5, 6, 7],
    ]);
    expect(slice(m, [], [], [1, 3]).shape).toEqual([3, 2]);
  });

  it("joins, cuts, repeats and turns", async () => {
    const x = ints([
      [1, 2],
      [3, 4],
    ]);
    expect(await concat([x, x], 1).array()).toEqual([
      [1, 2, 1, 2],
      [3, 4, 3, 4],
    ]);
    expect(stack([x, x], -1).shape).toEqual([2, 2, 2]);
    expect(await split(m, [1, 3], 1)[0].array()).toEqual([[0], [4], [8]]);
    expect(await tile(x, [1, 2]).array()).toEqual([
      [1, 2, 1, 2],
      [3, 4, 3, 4],
    ]);
    expect(await repeat(x, 2, 0).array()).toEqual([
      [1, 2],
      [1, 2],
      [3, 4],
      [3, 4],
    ]);
    expect(await flip(x, 1).array()).toEqual([
      [2, 1],
      [4, 3],
    ]);
    expect(await roll(ints([1, 2, 3, 4]), 1, 0).array()).toEqual([4, 1, 2, 3]);
    expect(await roll(ints([1, 2, 3, 4]), -1, 0).array()).toEqual([2, 3, 4, 1]);
    expect(await pad(ints([1, 2]), [[1, 2]], 9).array()).toEqual([9, 1, 2, 9, 9]);
    expect(await oneHot(ints([1, 0]), 3).array()).toEqual([
      [0, 1, 0],
      [1, 0, 0],
    ]);
  });

  it("moves axes", async () => {
    expect(await m.transpose().at(0).array()).toEqual([0, 4, 8]);
    expect(zeros([2, 3, 4]).transpose([2, 0, 1]).shape).toEqual([4, 2, 3]);
    expect(zeros([2, 3, 4]).swapAxes(0, -1).shape).toEqual([4, 3, 2]);
    expect(zeros([2, 1, 3, 1]).squeeze().shape).toEqual([2, 3]);
    expect(zeros([2, 1, 3, 1]).squeeze(-1).shape).toEqual([2, 1, 3]);
    expect(zeros([2, 3]).expandDims(-1).shape).toEqual([2, 3, 1]);
    expect(zeros([2, 3, 4]).flatten(1).shape).toEqual([2, 12]);
    expect(zeros([2, 3, 4]).reshape([-1, 2]).shape).toEqual([12, 2]);
  });
});

describe("arithmetic", () => {
  it("broadcasts on both sides", async () => {
    const column = tensor([[1], [2]]);
    expect(await column.mul(tensor([10, 20])).array()).toEqual([
      [10, 20],
      [20, 40],
    ]);
  });

  it("keeps the dtype of the tensor beside a number", () => {
    expect(ints([1]).add(1).dtype).toBe("int32");
    expect(tensor([1], { dtype: "float16" }).mul(0.5).dtype).toBe("float16");
  });

  it("divides whole numbers toward zero and takes remainders with the divisor's sign", async () => {
    expect(await ints([7, -7]).div(2).array()).toEqual([3, -3]);
    expect(await ints([7, -7]).mod(3).array()).toEqual([1, 2]);
    expect(await tensor([7.5, -7.5]).mod(2).array()).toEqual([1.5, 0.5]);
  });

  it("rounds halves to even", async () => {
    expect(await tensor([0.5, 1.5, 2.5, -0.5]).round().array()).toEqual([0, 2, 2, -0]);
  });
});
