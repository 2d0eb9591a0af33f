/** @file TensorFlow's operators on shapes and places, in ONNX. */
import type { Translation } from "./elementwise.ts";
import { END, type NodeWriter } from "./emitter.ts";

/** Sizes that may be a single number become a row. */
function row(w: NodeWriter, index: number): string {
  const known = w.emitter.known(w.input(index));
  if (known) return w.emitter.ints([...known.data]);
  return w.emitter.int64(w.input(index));
}

function bit(mask: number, axis: number): boolean {
  return ((mask >> axis) & 1) === 1;
}

const stridedSlice: Translation = (w) => {
  const { attributes } = w.node;
  const mask = (name: string) => attributes.int(`${name}_mask`);
  if (mask("ellipsis") !== 0 || mask("new_axis") !== 0) {
    throw w.refuse("has an ellipsis or a new axis, which have no translation");
  }
  const [starts, ends, steps] = [w.numbers(1), w.numbers(2), w.numbers(3)];
  const dropped = starts.flatMap((_, axis) => (bit(mask("shrink_axis"), axis) ? [axis] : []));
  const from = starts.map((start, axis) => {
    const open = bit(mask("begin"), axis) && !dropped.includes(axis);
    return open ? (steps[axis]! > 0 ? 0 : END) : start;
  });
  const to = ends.map((end, axis) => {
    // The last element ends where the axis ends, not at 0.
    if (dropped.includes(axis)) return starts[axis] === -1 ? END : starts[axis]! + 1;
    return bit(mask("end"), axis) ? (steps[axis]! > 0 ? END : -END) : end;
  });
  const axes = starts.map((_, axis) => axis);
  const ints = (values: readonly number[]) => w.emitter.ints(values);
  const by = steps.map((step, axis) => (dropped.includes(axis) ? 1 : step));
  const y = w.emitter.op("Slice", [w.input(0), ints(from), ints(to), ints(axes), ints(by)]);
  return dropped.length > 0 ? w.emitter.op("Squeeze", [y, ints(dropped)]) : y;
};

const slice: Translation = (w) => {
  const [starts, sizes] = [w.numbers(1), w.numbers(2)];
  const ends = starts.map((start, axis) => (sizes[axis] === -1 ? END : start + sizes[axis]!));
  const axes = starts.map((_, axis) => axis);
  const ints = [starts, ends, axes].map((values) => w.emitter.ints(values));
  return w.emitter.op("Slice", [w.input(0), ...ints]);
};

const pack: Translation = (w) => {
  const axis = w.node.attributes.int("axis");
  const at = w.emitter.ints([axis]);
  const parts = w.node.inputs.map((x) => w.emitter.op("Unsqueeze", [x, at]));
  return w.emitter.op("Concat", parts, { axis });
};

const unpack: Translation = (w) => {
  const { attributes } = w.node;
  const [axis, outputs] = [attributes.int("axis"), attributes.int("num")];
  const at = w.emitter.ints([axis]);
  const parts = w.emitter.add("Split", [w.input(0)], { axis, num_outputs: outputs }, { outputs });
  return parts.map((part) => w.emitter.op("Squeeze", [part, at]));
};

const pad: Translation = (w) => {
  const pairs = w.numbers(1);
  const before = pairs.filter((_, i) => i % 2 === 0);
  const after = pairs.filter((_, i) => i % 2 === 1);
  const value = w.node.inputs.length > 2 ? [w.input(2)] : [];
  const mirror = w.node.attributes.text("mode").toLowerCase();
  if (w.node.op === "MirrorPad" && mirror !== "reflect") throw w.refuse(`mirrors by ${mirror}`);
  const mode = w.node.op === "MirrorPad" ? "reflect" : "constant";
  return w.emitter.op("Pad", [w.input(0), w.emitter.ints([...before, ...after]), ...value], {
    mode,
  });
};

/** Adds updates to an array that holds one value everywhere. */
function scatter(
  w: NodeWriter,
  base: string,
  indices: string,
  updates: string,
  add: boolean,
): string {
  const places = w.emitter.int64(indices);
  return w.emitter.op("ScatterND", [base, places, updates], add ? { reduction: "add" } : {});
}

export const shapes: Readonly<Record<string, Translation>> = {
  BroadcastTo: (w) => w.emitter.op("Expand", [w.input(0), row(w, 1)]),
  ConcatV2: (w) => {
    const axis = w.number(-1);
    return w.emitter.op("Concat", w.node.inputs.slice(0, -1), { axis });
  },
  ExpandDims: (w) => w.emitter.op("Unsqueeze", [w.input(0), w.emitter.ints([w.number(1)])]),
  Fill: (w) => w.emitter.op("Expand", [w.input(1), row(w, 0)]),
  GatherNd: (w) => w.emitter.op("GatherND", [w.input(0), w.emitter.int64(w.input(1))]),
  GatherV2: (w) => {
    if (w.node.attributes.int("batch_dims") !== 0) throw w.refuse("has batch dimensions");
    return w.emitter.op("Gather", [w.input(0), w.input(1)], { axis: w.number(2) });
  },
  MirrorPad: pad,
  OneHot: (w) => {
    const values = [3, 2].map((i) => w.emitter.op("Unsqueeze", [w.input(i), w.emitter.ints([0])]));
    const both = w.emitter.op("Concat", values, { axis: 0 });
    const depth = w.emitter.ints([w.number(1)], []);
    return w.emitter.op("OneHot", [w.emitter.int64(w.input(0)), depth, both], {
      axis: w.node.attributes.int("axis", -1),
    });
  },
  Pack: pack,
  Pad: pad,
  PadV2: pad,
  Range: (w) => w.emitter.op("Range", w.node.inputs),
  Reshape: (w) => w.emitter.op("Reshape", [w.input(0), row(w, 1)], { allowzero: 1 }),
  ScatterNd: (w) => {
    const zeros = w.emitter.op("Expand", [w.emitter.float(0), row(w, 2)]);
    return scatter(w, zeros, w.input(0), w.input(1), true);
  },
  Shape: (w) => w.emitter.int32(w.emitter.op("Shape", [w.input(0)])),
  Slice: slice,
  SparseToDense: (w) => {
    const base = w.emitter.op("Expand", [w.input(3), row(w, 1)]);
    return scatter(w, base, w.input(0), w.input(2), false);
  },
  Split: (w) => {
    const outputs = w.node.attributes.int("num_split");
    const attributes = { axis: w.number(0), num_outputs: outputs };
    return w.emitter.add("Split", [w.input(1)], attributes, { outputs });
  },
  SplitV: (w) => {
    const sizes = w.numbers(1);
    const given = [w.input(0), w.emitter.ints(sizes)];
    return w.emitter.add("Split", given, { axis: w.number(2) }, { outputs: sizes.length });
  },
  Squeeze: (w) => {
    const axes = w.node.attributes.ints("squeeze_dims");
    const list = axes.length > 0 ? axes : w.node.attributes.ints("axis");
    return w.emitter.op("Squeeze", [
      w.input(0),
      ...(list.length > 0 ? [w.emitter.ints(list)] : []),
    ]);
  },
  StridedSlice: stridedSlice,
  Tile: (w) => w.emitter.op("Tile", [w.input(0), row(w, 1)]),
  TopKV2: (w) => {
    const given = [w.input(0), w.emitter.ints([w.number(1)])];
    const [values, places] = w.emitter.add("TopK", given, { axis: -1 }, { outputs: 2 });
    return [values!, w.emitter.int32(places!)];
  },
  Transpose: (w) => w.emitter.op("Transpose", [w.input(0)], { perm: w.numbers(1) }),
  Unpack: unpack,
  Where: (w) => {
    const places = w.emitter.op("NonZero", [w.input(0)]);
    return w.emitter.int32(w.emitter.op("Transpose", [places], { perm: [1, 0] }));
  },
  ZerosLike: (w) => w.emitter.op("Sub", [w.input(0), w.input(0)]),
};
