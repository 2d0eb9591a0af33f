/** @file Activation functions by name, and as modules. */
import {
  elu,
  gelu,
  leakyRelu,
  relu,
  sigmoid,
  silu,
  softplus,
  type Tensor,
  tanh,
  ValueError,
} from "../engine/index.ts";
import { Module } from "./module.ts";

const functions = {
  elu: (x: Tensor) => elu(x),
  /** Through the error function, as in BERT. */
  gelu: (x: Tensor) => gelu(x, "erf"),
  /** Through tanh, as in GPT-2. */
  "gelu-tanh": (x: Tensor) => gelu(x, "tanh"),
  identity: (x: Tensor) => x,
  "leaky-relu": (x: Tensor) => leakyRelu(x),
  relu,
  sigmoid,
  silu,
  softplus,
  tanh,
};

/** Names that `activation` and the layers that take an activation know. */
export type ActivationName = keyof typeof functions;

/** The function of a name. @throws ValueError for an unknown one */
export function activation(name: ActivationName): (x: Tensor) => Tensor {
  const found = functions[name];
  if (!found) {
    throw new ValueError(
      `activation: "${name}" is unknown; expected one of ${Object.keys(functions).join(", ")}`,
    );
  }
  return found;
}

/** An activation as a layer, for `Sequential`: `new Activation("relu")`. */
export class Activation extends Module {
  readonly name: ActivationName;

  constructor(name: ActivationName) {
    super();
    activation(name);
    this.name = name;
  }

  forward(x: Tensor): Tensor {
    return activation(this.name)(x);
  }
}
