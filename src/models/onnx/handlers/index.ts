/** @file Which operator has which translation. */
import type { Handler, HandlerTable } from "../call.ts";
import { attentions } from "./attention.ts";
import { control } from "./control.ts";
import { elementwise } from "./elementwise.ts";
import { linear } from "./linear.ts";
import { microsoft } from "./microsoft.ts";
import { normalization } from "./normalization.ts";
import { positions } from "./positions.ts";
import { quantization } from "./quantization.ts";
import { recurrentLayers } from "./recurrent.ts";
import { reductions } from "./reductions.ts";
import { resizing } from "./resizing.ts";
import { shapes } from "./shapes.ts";
import { windows } from "./windows.ts";

const onnx: HandlerTable = {
  ...attentions,
  ...control,
  ...elementwise,
  ...linear,
  ...normalization,
  ...positions,
  ...quantization,
  ...recurrentLayers,
  ...reductions,
  ...resizing,
  ...shapes,
  ...windows,
};

/** Operators by domain. */
const domains: ReadonlyMap<string, ReadonlyMap<string, Handler>> = new Map([
  ["", new Map(Object.entries(onnx))],
  // Exporters place some of ONNX's own operators in the other domain before they became its own.
  ["com.microsoft", new Map(Object.entries({ ...quantization, ...microsoft }))],
]);

/** The translation of an operator; undefined where there is none. */
export function handlerOf(domain: string, op: string): Handler | undefined {
  return domains.get(domain)?.get(op);
}

/** Names of the operators that have a translation, those of other domains with it in front. */
export function knownOperators(): string[] {
  return [...domains].flatMap(([domain, ops]) =>
    [...ops.keys()].map((op) => (domain ? `${domain}.${op}` : op)),
  );
}
