/**
 * @file The gradient of a scan: a scan in reverse over what the forward loop saves. The forward loop
 * is replaced by one with more outputs, so that it runs once; gradients of captured matrices are
 * one large product after the loop instead of a small one in each step.
 */
import { vjp } from "../autodiff.ts";
import { bodyInput, captureBody, replaceTensors } from "../body.ts";
import { isFloat } from "../dtype.ts";
import type { GradContext } from "../op.ts";
import { apply, type Node, type Tensor } from "../tensor.ts";
import { full, zerosLike } from "./create.ts";
import { add } from "./elementwise.ts";
import { type ScanParams, scanOp } from "./scan.ts";
import { deferAfterLoop } from "./scan-deferred.ts";

/** Ops that only move elements: done again in the reverse loop rather than saved. */
const MOVEMENTS = new Set([
  "reshape",
  "transpose",
  "broadcastTo",
  "slice",
  "split",
  "stopGradient",
]);

export function scanGradient(ctx: GradContext<ScanParams>): (Tensor | null)[] {
  const { inputs, params, grads } = ctx;
  const { body, carries, xs, length } = params;
  const { graph } = body;
  const perStep = carries + xs;
  const isCarry = (i: number): boolean => i < carries;

  // Cotangents of one step: those of the carries go around the loop, those of the ys come stacked.
  const seeds = graph.outputs.map((o, i) =>
    isFloat(o.dtype) && (isCarry(i) || grads[i]) ? bodyInput(o, "a gradient in a scan") : null,
  );
  const wrt = graph.inputs.flatMap((t, i) =>
    isFloat(t.dtype) && (isCarry(i) || ctx.needs(i)) ? [i] : [],
  );
  const found = vjp(
    graph.outputs,
    seeds,
    wrt.map((i) => graph.inputs[i]),
  );
  const gradientOf = new Map(wrt.map((i, k) => [i, found[k]]));

  const forward = new Set<Tensor>([
    ...graph.inputs.slice(0, perStep),
    ...graph.nodes.flatMap((n) => (n.inputs.length > 0 ? n.outputs : [])),
  ]);
  const captured = new Map(graph.inputs.slice(perStep).map((t, k) => [t, inputs[perStep + k]]));
  const saved = new Savings(forward);

  const loop = new ReverseLoop(saved, captured);
  const floatCarries = wrt.filter(isCarry);
  for (const i of floatCarries) {
    const o = graph.outputs[i];
    loop.carry(
      seeds[i] as Tensor,
      grads[i] ?? zerosLike(o),
      gradientOf.get(i) ?? full(o.shape, 0, o.dtype),
    );
  }
  for (const [i, seed] of seeds.entries())
    if (seed && !isCarry(i)) loop.walk(seed, grads[i] as Tensor);
  const results = new Map<number, () => Tensor | null>();
  for (const [k, i] of floatCarries.entries()) results.set(i, () => loop.finalCarry(k));
  for (const i of wrt) {
    const g = gradientOf.get(i);
    if (isCarry(i)) continue;
    if (!g) results.set(i, () => null);
    else if (i < perStep) results.set(i, loop.stacked(g));
    else results.set(i, loop.total(g, length));
  }
  loop.run(ctx);
  return inputs.map((_, i) => results.get(i)?.() ?? null);
}

/** Which tensors of the forward body the reverse loop reads. */
class Savings {
  readonly forward: ReadonlySet<Tensor>;
  readonly tensors = new Set<Tensor>();

  constructor(forward: ReadonlySet<Tensor>) {
    this.forward = forward;
  }

  /** Walks down from tensors of the reverse body to the first ones that the forward loop has. */
  collect(outputs: readonly Tensor[], stop: ReadonlySet<Tensor>): void {
    const seen = new Set<Tensor>();
    const stack = [...outputs];
    for (let t = stack.pop(); t; t = stack.pop()) {
      if (seen.has(t) || stop.has(t)) continue;
      seen.add(t);
      const node: Node | null = t._storage ? null : t._node;
      if (this.forward.has(t) && !(node && MOVEMENTS.has(node.op.name))) this.tensors.add(t);
      else if (node) stack.push(...node.inputs);
    }
  }
}

/** Builds the reverse scan: first it is told what goes in and out, then `run` makes it. */
class ReverseLoop {
  readonly #saved: Savings;
  readonly #captured: ReadonlyMap<Tensor, Tensor>;
  readonly #carries: { seed: Tensor; init: Tensor; next: Tensor }[] = [];
  readonly #walked: { seed: Tensor; stack: Tensor }[] = [];
  readonly #ys: Tensor[] = [];
  #outputs: readonly Tensor[] = [];
  #stacks = new Map<Tensor, Tensor>();

  constructor(saved: Savings, captured: ReadonlyMap<Tensor, Tensor>) {
    this.#saved = saved;
    this.#captured = captured;
  }

  carry(seed: Tensor, init: Tensor, next: Tensor): number {
    return this.#carries.push({ seed, init, next }) - 1;
  }

  walk(seed: Tensor, stack: Tensor): void {
    this.#walked.push({ seed, stack });
  }

  finalCarry(k: number): Tensor {
    return this.#outputs[k];
  }

  /** A value of each step, stacked: by the reverse loop, or saved by the forward one already. */
  stacked(t: Tensor): () => Tensor {
    if (this.#saved.forward.has(t)) this.#saved.tensors.add(t);
    else if (!this.#walked.some((w) => w.seed === t) && !this.#ys.includes(t)) this.#ys.push(t);
    return () => this.#stacks.get(t) as Tensor;
  }

  /** The sum of a value over all steps. */
  total(g: Tensor, length: number): () => Tensor {
    const { later, left } = deferAfterLoop(g, length, (t) => this.stacked(t));
    if (!left) return later as () => Tensor;
    const seed = bodyInput(left, "a sum in a scan");
    const k = this.carry(seed, full(left.shape, 0, left.dtype), add(seed, left));
    return () => (later ? add(later(), this.finalCarry(k)) : this.finalCarry(k));
  }

  run({ inputs, outputs, params }: GradContext<ScanParams>): void {
    const seeds = [...this.#carries.map((c) => c.seed), ...this.#walked.map((w) => w.seed)];
    const targets = [...this.#carries.map((c) => c.next), ...this.#ys];
    this.#saved.collect(targets, new Set(seeds));
    const stacks = saveMore(inputs, outputs, params, [...this.#saved.tensors]);
    for (const [t, stack] of stacks) this.#stacks.set(t, stack);
    for (const { seed, stack } of this.#walked) this.#stacks.set(seed, stack);
    // Only what the reverse loop itself reads is walked; the rest was saved for after it.
    const read = new Savings(this.#saved.forward);
    read.collect(targets, new Set(seeds));
    const saved = [...read.tensors];
    const { body, captured } = captureBody([...seeds, ...saved], targets);
    const made = apply(
      scanOp,
      [
        ...this.#carries.map((c) => c.init),
        ...this.#walked.map((w) => w.stack),
        ...saved.map((t) => stacks.get(t) as Tensor),
        ...replaceTensors(captured, this.#captured),
      ],
      {
        ...params,
        body,
        carries: this.#carries.length,
        xs: this.#walked.length + saved.length,
        reverse: !params.reverse,
      },
    );
    this.#outputs = made;
    for (const [k, y] of this.#ys.entries()) this.#stacks.set(y, made[this.#carries.length + k]);
  }
}

/** The stacks of some of the body's tensors, from the scan with those as further outputs. */
function saveMore(
  inputs: readonly Tensor[],
  outputs: readonly Tensor[],
  params: ScanParams,
  tensors: readonly Tensor[],
): Map<Tensor, Tensor> {
  const { body, carries, xs } = params;
  const { graph } = body;
  const stacks = new Map<Tensor, Tensor>();
  for (let i = carries; i < carries + xs; i++) stacks.set(graph.inputs[i], inputs[i]);
  for (let i = carries; i < graph.outputs.length; i++) stacks.set(graph.outputs[i], outputs[i]);
  const more = tensors.filter((t) => !stacks.has(t));
  if (more.length === 0) return stacks;
  const wider = body.withOutputs([...graph.outputs, ...more]);
  const made = apply(scanOp, inputs, { ...params, body: wider });
  for (const [k, t] of more.entries()) stacks.set(t, made[graph.outputs.length + k]);
  return stacks;
}
