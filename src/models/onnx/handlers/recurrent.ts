/** @file RNN, GRU and LSTM as loops of the engine; what the inputs contribute is one product before. */
import {
  add,
  arange,
  cast,
  concat,
  expandDims,
  gather,
  less,
  matmul,
  mul,
  relu,
  reshape,
  scan,
  select,
  sigmoid,
  split,
  stack,
  sub,
  type Tensor,
  tanh,
  tensor,
  transpose,
  where,
  zeros,
} from "../../../engine/index.ts";
import type { HandlerTable, NodeCall } from "../call.ts";

/** One direction's weights: `[gates · hidden, in]`, `[gates · hidden, hidden]` and two biases. */
interface Weights {
  readonly w: Tensor;
  readonly r: Tensor;
  readonly inputBias: Tensor;
  readonly hiddenBias: Tensor;
}

interface Walk {
  /** `[time, batch, in]`. */
  readonly x: Tensor;
  /** `[time, batch, 1]`, true where a sequence has not ended; null where all are full. */
  readonly present: Tensor | null;
  readonly reverse: boolean;
}

type State = Readonly<Record<string, Tensor>> & { readonly h: Tensor };

/** Walks a cell over time. Beyond the end of a sequence the state stays and the output is zero. */
function walk(
  { present, reverse }: Walk,
  initial: State,
  projected: Tensor,
  cell: (state: State, now: Tensor) => State,
): { output: Tensor; state: State } {
  const [state, output] = scan(
    (before: State, { now, valid }: { now: Tensor; valid: Tensor | null }) => {
      const after = cell(before, now);
      if (!valid) return [after, after.h] as const;
      const kept = Object.fromEntries(
        Object.entries(after).map(([key, t]) => [key, where(valid, t, before[key])]),
      ) as State;
      return [kept, where(valid, after.h, 0)] as const;
    },
    initial,
    { now: projected, valid: present },
    { reverse },
  );
  return { output, state };
}

function project({ x }: Walk, { w, inputBias }: Weights): Tensor {
  return add(matmul(x, w, { transposeB: true }), inputBias);
}

/** Gates in ONNX's order: input, output, forget, cell. */
function lstm(steps: Walk, weights: Weights, initial: State): { output: Tensor; state: State } {
  const { r, hiddenBias } = weights;
  const projected = add(project(steps, weights), hiddenBias);
  return walk(steps, initial, projected, ({ h, c }, now) => {
    const [i, o, f, g] = split(add(now, matmul(h, r, { transposeB: true })), 4, -1);
    const next = add(mul(sigmoid(f), c), mul(sigmoid(i), tanh(g)));
    return { h: mul(sigmoid(o), tanh(next)), c: next };
  });
}

/** Gates in ONNX's order: update, reset, candidate. */
function gru(
  steps: Walk,
  weights: Weights,
  initial: State,
  resetAfter: boolean,
): { output: Tensor; state: State } {
  const { r, hiddenBias } = weights;
  const hidden = r.shape[1];
  const sizes = [2 * hidden, hidden];
  const [rGates, rCandidate] = split(r, sizes, 0);
  const [biasGates, biasCandidate] = split(hiddenBias, sizes, 0);
  return walk(steps, initial, project(steps, weights), ({ h }, now) => {
    const [nowGates, nowCandidate] = split(now, sizes, -1);
    const sums = add(add(nowGates, matmul(h, rGates, { transposeB: true })), biasGates);
    const [z, reset] = split(sigmoid(sums), 2, -1);
    const recurrent = (x: Tensor): Tensor =>
      add(matmul(x, rCandidate, { transposeB: true }), biasCandidate);
    const part = resetAfter ? mul(reset, recurrent(h)) : recurrent(mul(reset, h));
    const fresh = tanh(add(nowCandidate, part));
    return { h: add(fresh, mul(z, sub(h, fresh))) };
  });
}

function rnn(
  steps: Walk,
  weights: Weights,
  initial: State,
  activation: (x: Tensor) => Tensor,
): { output: Tensor; state: State } {
  const projected = add(project(steps, weights), weights.hiddenBias);
  return walk(steps, initial, projected, ({ h }, now) => ({
    h: activation(add(now, matmul(h, weights.r, { transposeB: true }))),
  }));
}

const DEFAULTS: Readonly<Record<string, readonly string[]>> = {
  LSTM: ["sigmoid", "tanh", "tanh"],
  GRU: ["sigmoid", "tanh"],
  RNN: ["tanh"],
};

/** Which functions the gates go through; only the usual ones have a translation. */
function activationsOf(call: NodeCall, directions: number): string[] {
  const { op } = call.node;
  const given = call.attributes.strings("activations").map((a) => a.toLowerCase());
  const usual = DEFAULTS[op];
  const list = given.length > 0 ? given : Array.from({ length: directions }, () => usual).flat();
  const known = op === "RNN" ? (a: string) => a === "tanh" || a === "relu" : () => false;
  const fine = list.every((a, i) => a === usual[i % usual.length] || known(a));
  if (!fine) throw call.fail(`the activations ${list.join(", ")} are not known`);
  return list;
}

function checkSettings(call: NodeCall): void {
  const { attributes, node } = call;
  if (attributes.has("clip")) throw call.fail("clipped states are not known");
  if (attributes.int("input_forget", 0) !== 0) throw call.fail("coupled gates are not known");
  if (node.op === "LSTM" && call.has(7)) throw call.fail("peepholes are not known");
}

function presence(lengths: Tensor | null, time: number): Tensor | null {
  if (!lengths) return null;
  const steps = reshape(arange(0, time, 1, "int32"), [time, 1]);
  return expandDims(less(steps, reshape(cast(lengths, "int32"), [1, lengths.size])), 2);
}

function recurrent(call: NodeCall, gates: number): Tensor[] {
  checkSettings(call);
  const { attributes } = call;
  const batchFirst = attributes.int("layout", 0) !== 0;
  const x = batchFirst ? transpose(call.tensor(0), [1, 0, 2]) : call.tensor(0);
  const [time, batch] = x.shape;
  const direction = attributes.string("direction", "forward");
  const directions = direction === "bidirectional" ? 2 : 1;
  const activations = activationsOf(call, directions);
  const hidden = call.value(2).shape[2];
  const full = [directions, batch, hidden];
  const initial = (i: number): Tensor => {
    const given = call.optional(i);
    if (!given) return zeros(full, x.dtype);
    return batchFirst ? transpose(given, [1, 0, 2]) : given;
  };
  const bias = call.optional(3) ?? zeros([directions, 2 * gates * hidden], x.dtype);
  const starts = gates === 4 ? { h: initial(5), c: initial(6) } : { h: initial(5) };
  const runs = Array.from({ length: directions }, (_, d) => {
    const [inputBias, hiddenBias] = split(select(bias, 0, d), 2, 0);
    const weights = { w: select(call.tensor(1), 0, d), r: select(call.tensor(2), 0, d) };
    const steps = {
      x,
      present: presence(call.optional(4), time),
      reverse: direction === "reverse" || d === 1,
    };
    const state = Object.fromEntries(
      Object.entries(starts).map(([key, t]) => [key, select(t, 0, d)]),
    ) as State;
    const all = { ...weights, inputBias, hiddenBias };
    if (gates === 4) return lstm(steps, all, state);
    if (gates === 3) return gru(steps, all, state, attributes.int("linear_before_reset", 0) !== 0);
    return rnn(steps, all, state, activations[d] === "relu" ? relu : tanh);
  });
  const last = (key: string): Tensor => {
    const states = stack(
      runs.map(({ state }) => state[key]),
      0,
    );
    return batchFirst ? transpose(states, [1, 0, 2]) : states;
  };
  // [time, directions, batch, hidden]
  const output = stack(
    runs.map((run) => run.output),
    1,
  );
  const y = batchFirst ? transpose(output, [2, 0, 1, 3]) : output;
  return gates === 4 ? [y, last("h"), last("c")] : [y, last("h")];
}

/** Reverses the first `length` elements of each sequence. */
function reverseSequences(call: NodeCall): Tensor {
  const x = call.tensor(0);
  const timeAxis = call.attributes.int("time_axis", 0);
  const batchAxis = call.attributes.int("batch_axis", 1);
  const lengths = call.known(1, "lengths");
  const parts = lengths.map((length, b) => {
    const row = x.slice(
      x.shape.map((_, i) => (i === batchAxis ? b : null)),
      x.shape.map((_, i) => (i === batchAxis ? b + 1 : null)),
    );
    const steps = Array.from({ length: x.shape[timeAxis] }, (_, t) =>
      t < length ? length - 1 - t : t,
    );
    return gather(row, tensor(steps, { dtype: "int32" }), timeAxis);
  });
  return concat(parts, batchAxis);
}

export const recurrentLayers: HandlerTable = {
  GRU: (call) => recurrent(call, 3),
  LSTM: (call) => recurrent(call, 4),
  ReverseSequence: reverseSequences,
  RNN: (call) => recurrent(call, 1),
};
