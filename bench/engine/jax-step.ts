// One compiled step of a workload in jax-js: inference, or gradients with AdamW.

import { type Array as JaxArray, jit, nn, numpy as np, valueAndGrad } from "@jax-js/jax";
import { type WorkloadBatch, workloadBatch } from "./batch.ts";
import { build, type Layer, type Pass, Shapes } from "./jax-models.ts";
import { adamW, type Workload } from "./workloads.ts";

/** What a training step carries over to the next. */
type State = {
  parameters: JaxArray[];
  first: JaxArray[];
  second: JaxArray[];
  statistics: JaxArray[];
};

/** One more reference to each array, for a function that takes ownership of them. */
const refs = (arrays: readonly JaxArray[]) => arrays.map((array) => array.ref);

function randomParameters(shapes: Shapes): JaxArray[] {
  return shapes.parameters.map(({ shape, scale, offset }) => {
    const size = shape.reduce((product, extent) => product * extent, 1);
    const values = Float32Array.from(
      { length: size },
      () => offset + scale * (2 * Math.random() - 1),
    );
    return np.array(values).reshape(shape);
  });
}

function inferStep(shapes: Shapes, network: Layer, batch: WorkloadBatch): () => Promise<number> {
  const parameters = randomParameters(shapes);
  const input = np.array(batch.inputs).reshape([...batch.inputShape]);
  const infer = jit((values: JaxArray[], x: JaxArray) =>
    network({ parameters: values, statistics: [], newStatistics: [] }, x),
  );
  return async () => (await infer(refs(parameters), input.ref).data())[0]!;
}

/**
 * AdamW (Loshchilov and Hutter 2019, algorithm 2). `correction` holds the rate over the first
 * moment's bias correction, and the reciprocal root of the second's.
 */
function update(state: State, gradients: JaxArray[], correction: JaxArray): State {
  const { beta1, beta2, epsilon, learningRate, weightDecay } = adamW;
  const first = gradients.map((g, i) => state.first[i]!.mul(beta1).add(g.ref.mul(1 - beta1)));
  const second = gradients.map((g, i) =>
    state.second[i]!.mul(beta2).add(np.square(g).mul(1 - beta2)),
  );
  const rate = correction.ref.slice(0);
  const root = correction.slice(1);
  const parameters = state.parameters.map((p, i) => {
    const denominator = np.sqrt(second[i]!.ref).mul(root.ref).add(epsilon);
    const move = first[i]!.ref.mul(rate.ref).div(denominator);
    return p.mul(1 - learningRate * weightDecay).sub(move);
  });
  return { parameters, first, second, statistics: state.statistics };
}

function trainStep(shapes: Shapes, network: Layer, batch: WorkloadBatch): () => Promise<number> {
  const input = np.array(batch.inputs).reshape([...batch.inputShape]);
  const labels = np.array(batch.labels!);
  const loss = (values: JaxArray[], old: JaxArray[], x: JaxArray, y: JaxArray) => {
    const pass: Pass = { parameters: values, statistics: old, newStatistics: [] };
    const logits = network(pass, x).reshape([-1, batch.classes]);
    const picked = nn.logSoftmax(logits).mul(nn.oneHot(y, batch.classes));
    const value = np.mean(np.sum(picked, -1)).neg();
    return [value, pass.newStatistics] as [JaxArray, JaxArray[]];
  };
  const lossAndGradients = valueAndGrad(loss, { hasAux: true });
  const train = jit((state: State, correction: JaxArray, x: JaxArray, y: JaxArray) => {
    // The published type of a gradient with respect to a list is not the list that it is.
    const [[value, statistics], gradients] = lossAndGradients(
      refs(state.parameters),
      state.statistics,
      x,
      y,
    ) as unknown as [[JaxArray, JaxArray[]], JaxArray[]];
    return { value, state: update({ ...state, statistics }, gradients, correction) };
  });

  const zeros = () => shapes.parameters.map(({ shape }) => np.zeros(shape));
  let state: State = {
    parameters: randomParameters(shapes),
    first: zeros(),
    second: zeros(),
    statistics: shapes.statistics.map(({ shape, value }) => np.full(shape, value)),
  };
  let count = 0;
  return async () => {
    count++;
    const rate = adamW.learningRate / (1 - adamW.beta1 ** count);
    const root = 1 / Math.sqrt(1 - adamW.beta2 ** count);
    const correction = np.array(new Float32Array([rate, root]));
    const result = train(state, correction, input.ref, labels.ref);
    state = result.state;
    return (await result.value.data())[0]!;
  };
}

/** Builds the workload; answers its step, which resolves to the loss or a value of the output. */
export function prepare(workload: Workload): () => Promise<number> {
  const shapes = new Shapes();
  const network = build(shapes, workload);
  const batch = workloadBatch(workload);
  const step = batch.labels === undefined ? inferStep : trainStep;
  return step(shapes, network, batch);
}
