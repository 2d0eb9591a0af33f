/** @file The bytes of an .onnx file as a message, with one clear error where they are none. */
import onnxProto from "onnx-proto";
import { DataError } from "../../data/errors.ts";

/** A decoded model; its raw data are views on the bytes that it was decoded from. */
export type ModelProto = onnxProto.onnx.IModelProto;
export type GraphProto = onnxProto.onnx.IGraphProto;
export type NodeProto = onnxProto.onnx.INodeProto;
export type TensorProto = onnxProto.onnx.ITensorProto;
export type AttributeProto = onnxProto.onnx.IAttributeProto;
export type FunctionProto = onnxProto.onnx.IFunctionProto;
export type ValueInfoProto = onnxProto.onnx.IValueInfoProto;

/** An integer as protobuf gives it: a number, or an object with two halves. */
export type ProtoInt = number | { toNumber(): number } | null | undefined;

/** The largest float64 below 2^63: "to the end", as slices write it, stays an int64. */
export const INT64_END = 2 ** 63 - 1024;

/** A protobuf integer as a number: exact to 2^53, near enough above. */
export function toNumber(value: ProtoInt): number {
  if (value === null || value === undefined) return 0;
  return Math.min(typeof value === "number" ? value : value.toNumber(), INT64_END);
}

/** Protobuf's own limit for one message. */
export const MAX_MODEL_BYTES = 2 ** 31 - 1;

/**
 * Decodes a model.
 * @param source what the messages call it: a path, or "the model"
 * @throws DataError where the bytes are empty, cut short, damaged or no ONNX model
 */
export function decodeModel(bytes: Uint8Array, source: string): ModelProto {
  const refuse = (received: string, hint?: string): DataError =>
    new DataError({
      code: "malformed",
      path: source,
      expected: "an ONNX model",
      received,
      ...(hint ? { hint } : {}),
    });
  if (bytes.length === 0) throw refuse("nothing: it is empty");
  if (bytes.length > MAX_MODEL_BYTES) {
    const hint = "Larger models keep their weights in files beside it (external data).";
    throw refuse(`${bytes.length} bytes, more than protobuf's 2 GiB`, hint);
  }
  let model: ModelProto;
  try {
    // A plain array type: decoded byte fields are views on it.
    const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    model = onnxProto.onnx.ModelProto.decode(plain);
  } catch (error) {
    throw refuse(
      `bytes that cannot be decoded (${describe(error)})`,
      "The file is cut short, damaged, or something else.",
    );
  }
  if (!model.graph?.output?.length) throw refuse("a message without a graph that has outputs");
  if (!model.opsetImport?.length) throw refuse("a message that names no opset");
  return model;
}

function describe(error: unknown): string {
  if (error instanceof RangeError && /call stack/.test(error.message))
    return "it is nested too deep";
  return error instanceof Error ? error.message : String(error);
}

/** Encodes a message. */
export function encodeModelProto(model: ModelProto): Uint8Array {
  // In Node it comes as a Buffer, whose slices are views.
  const { buffer, byteOffset, byteLength } = onnxProto.onnx.ModelProto.encode(model).finish();
  return new Uint8Array(buffer, byteOffset, byteLength);
}
