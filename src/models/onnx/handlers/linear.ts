/** @file Matrix products. */
import { add, einsum, matmul, mul, type Tensor } from "../../../engine/index.ts";
import type { HandlerTable, NodeCall } from "../call.ts";

/** `alpha·A'B' + beta·C`, either factor transposed. */
export function gemm(call: NodeCall): Tensor {
  const { attributes } = call;
  const product = matmul(call.tensor(0), call.tensor(1), {
    transposeA: attributes.int("transA", 0) !== 0,
    transposeB: attributes.int("transB", 0) !== 0,
    alpha: attributes.float("alpha", 1),
  });
  const c = call.optional(2);
  const beta = attributes.float("beta", 1);
  if (!c || beta === 0) return product;
  return add(product, beta === 1 ? c : mul(c, beta));
}

export const linear: HandlerTable = {
  Einsum: (call) => einsum(call.attributes.string("equation", ""), ...call.tensors()),
  Gemm: gemm,
  MatMul: (call) => matmul(call.tensor(0), call.tensor(1)),
};
