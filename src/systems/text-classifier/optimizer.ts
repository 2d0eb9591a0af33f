// One optimizer for each part: gradient descent for the wide part, AdamW for the deep one.
import type { Tensor } from "../../engine/index.ts";
import {
  AdamW,
  noDecay,
  type Optimizer,
  Sgd,
  type Updated,
  type UpdateOptions,
} from "../../optim/index.ts";

type Params = Readonly<Record<string, Tensor>>;

interface PartStates {
  readonly wide: ReturnType<Sgd["init"]>;
  readonly deep: ReturnType<AdamW["init"]>;
}

/** The table of the wide part; its bias is trained like the deep part. */
const isWide = (path: string): boolean => path === "wide.weight";

/**
 * A linear model over thousands of rare features generalizes by its small Euclidean norm, which
 * gradient descent keeps and Adam, whose steps do not depend on how often a feature occurs, gives up.
 * Its rows have length 1, so its rate may be several thousand times as high.
 */
export class WideDeepOptimizer implements Optimizer<PartStates> {
  readonly wide: Sgd;
  readonly deep: AdamW;

  constructor(learningRate: number, wideRateScale: number) {
    const groups = [{ match: /./, rateScale: wideRateScale }];
    this.wide = new Sgd({ learningRate, momentum: 0.9, groups });
    this.deep = new AdamW({ learningRate, weightDecay: 0.05, groups: [noDecay] });
  }

  init(params: unknown): PartStates {
    const all = params as Params;
    return { wide: this.wide.init(only(all, isWide)), deep: this.deep.init(only(all, isDeep)) };
  }

  rateAt(step: number): number {
    return this.deep.rateAt(step);
  }

  update<P>(
    params: P,
    grads: P,
    state: PartStates,
    options?: UpdateOptions,
  ): Updated<P, PartStates> {
    const [all, slopes] = [params as Params, grads as Params];
    const own = (test: typeof isWide) => [only(all, test), only(slopes, test)] as const;
    const wide = this.wide.update(...own(isWide), state.wide, options);
    const deep = this.deep.update(...own(isDeep), state.deep, options);
    const both: Params = { ...wide.params, ...deep.params };
    // In the order of the old ones: trees are paired by their order.
    const next = Object.fromEntries(Object.keys(all).map((path) => [path, both[path]!]));
    return { params: next as P, state: { wide: wide.state, deep: deep.state } };
  }
}

const isDeep = (path: string): boolean => !isWide(path);

function only(all: Params, test: (path: string) => boolean): Params {
  return Object.fromEntries(Object.entries(all).filter(([path]) => test(path)));
}
