/** @file The messages that users meet most: what was wrong, with what, and the way out. */
import { expect, it } from "vitest";
import {
  arange,
  concat,
  conv,
  gradients,
  layerNorm,
  matmul,
  ones,
  setBackend,
  tensor,
  where,
  zeros,
} from "./index.ts";
import { errorLine } from "./testing/message.ts";

it("says why shapes do not broadcast", () => {
  expect(errorLine(() => zeros([2, 3]).add(zeros([4])))).toMatchInlineSnapshot(
    `"ShapeError: add: shapes [2, 3] and [4] do not broadcast: sizes 3 and 4 on axis -1 differ and neither is 1"`,
  );
});

it("says why a product does not fit", () => {
  expect(errorLine(() => matmul(zeros([2, 3]), zeros([4, 5])))).toMatchInlineSnapshot(
    `"ShapeError: matmul: shapes [2, 3] and [4, 5] do not fit: the inner sizes 3 and 4 differ"`,
  );
});

it("says that dtypes are not converted by themselves", () => {
  expect(errorLine(() => zeros([2]).add(zeros([2], "int32")))).toMatchInlineSnapshot(
    `"DTypeError: add: dtypes float32 and int32 differ: nothing is converted by itself; cast one of them first"`,
  );
});

it("says which dtypes an op takes", () => {
  expect(errorLine(() => arange(3).exp())).toMatchInlineSnapshot(
    `"DTypeError: exp: argument 0 has dtype int32: expected float32, float16, float64; cast(x, "float32") first"`,
  );
});

it("says that a reshape changes the number of elements", () => {
  expect(errorLine(() => zeros([2, 3]).reshape([4, 2]))).toMatchInlineSnapshot(
    `"ShapeError: reshape: [2, 3] has 6 elements, [4, 2] has 8"`,
  );
  expect(errorLine(() => zeros([2, 3]).reshape([-1, 4]))).toMatchInlineSnapshot(
    `"ShapeError: reshape: [2, 3] does not fit [-1, 4]"`,
  );
});

it("says which axis is out of range", () => {
  expect(errorLine(() => zeros([2, 3]).sum({ axis: 2 }))).toMatchInlineSnapshot(
    `"ShapeError: sum: axis 2 is out of range: expected an integer from -2 to 1"`,
  );
  expect(errorLine(() => zeros([2, 3]).at(2))).toMatchInlineSnapshot(
    `"ShapeError: at: index 2 is out of range on axis 0 of [2, 3]"`,
  );
});

it("says that a loss must be a scalar", () => {
  const w = ones([3]);
  expect(errorLine(() => gradients(w.mul(2), w))).toMatchInlineSnapshot(
    `"ShapeError: gradients: the loss has shape [3]: expected a scalar; reduce it with sum or mean"`,
  );
});

it("says which rows of nested arrays differ", () => {
  expect(errorLine(() => tensor([[1, 2], [3]]))).toMatchInlineSnapshot(
    `"ShapeError: tensor: nested arrays differ in shape: element 0 has [2], element 1 has [1]"`,
  );
  expect(errorLine(() => tensor([1, 2, 3], { shape: [2, 2] }))).toMatchInlineSnapshot(
    `"ShapeError: tensor: 3 values do not fill shape [2, 2], which holds 4"`,
  );
});

it("says which parts do not join", () => {
  expect(errorLine(() => concat([zeros([2, 3]), zeros([2, 4])], 0))).toMatchInlineSnapshot(
    `"ShapeError: concat: shapes [2, 3] and [2, 4] differ beside axis 0"`,
  );
  expect(errorLine(() => layerNorm(zeros([2, 3]), ones([4]), zeros([4])))).toMatchInlineSnapshot(
    `"ShapeError: layerNorm: scale and shift must have shape [3] for an input [2, 3], got [4]"`,
  );
  expect(errorLine(() => conv(zeros([1, 3, 8, 8]), zeros([4, 2, 3, 3])))).toMatchInlineSnapshot(
    `"ShapeError: conv: the input [1, 3, 8, 8] has 3 channels, the weights [4, 2, 3, 3] with 1 group take 2"`,
  );
});

it("says what was given in place of a tensor, a condition or a backend", () => {
  expect(errorLine(() => matmul(zeros([2, 2]), [[1]] as never))).toMatchInlineSnapshot(
    `"ValueError: matmul: argument 1 is not a Tensor, got an array"`,
  );
  expect(errorLine(() => where(true as never, 1, 2))).toMatchInlineSnapshot(
    `"DTypeError: where: the condition is not a Tensor"`,
  );
  expect(errorLine(() => setBackend("cuda" as never))).toMatchInlineSnapshot(
    `"ValueError: backend "cuda" is unknown: expected one of js, onnx, webgpu"`,
  );
});

it("says where the operands were made", () => {
  const x = zeros([2, 3]).add(1);
  expect(() => x.matmul(zeros([2, 3]))).toThrow(
    /argument 0 Tensor\(float32\[2, 3\]\) was made by add at .*errors\.test\.ts:\d+/,
  );
});
