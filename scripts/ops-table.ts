// `node scripts/ops-table.ts`: writes docs/ops.md, the table of every op with its gradient and where it runs.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { isFloat } from "../src/engine/dtype.ts";
import * as engine from "../src/engine/index.ts";
import { allOps, type OpDef } from "../src/engine/op.ts";
import { ones } from "../src/engine/ops/create.ts";
import type { Node } from "../src/engine/tensor.ts";
import { caseFamilies, skips } from "../src/engine/testing/cases.ts";
import { tracedNodes } from "../src/engine/testing/check.ts";
import { root } from "./entries.ts";

type Provider = "cpu" | "webgpu" | "wasm";

/** Applications of each op in the cases of the op suite: what the table is read off. */
function applications(): Map<string, Node[]> {
  const found = new Map<string, Node[]>();
  for (const c of Object.values(caseFamilies).flat()) {
    for (const node of tracedNodes(c)) {
      const list = found.get(node.op.name);
      if (list) list.push(node);
      else found.set(node.op.name, [node]);
    }
  }
  return found;
}

function gradientOf(op: OpDef, nodes: readonly Node[]): string {
  const differentiable = nodes.filter(
    (n) => n.outputs.some((o) => isFloat(o.dtype)) && n.inputs.some((x) => isFloat(x.dtype)),
  );
  if (differentiable.length === 0) return "none";
  const { grad } = op;
  if (!grad) return op.compose ? "composed" : "none";
  const given = differentiable.some((n) => {
    const first = n.outputs.findIndex((o) => isFloat(o.dtype));
    const seed = ones(n.outputs[first].shape, n.outputs[first].dtype);
    const grads = n.outputs.map((_, i) => (i === first ? seed : null));
    const { inputs, outputs, params } = n;
    return grad({ inputs, outputs, params, grads, grad: seed, needs: () => true }).some(Boolean);
  });
  return given ? "yes" : "none";
}

/** How an op runs on a provider: by its own nodes, in terms of other ops, or not. */
function runsOn(op: OpDef, nodes: readonly Node[], provider: Provider): string {
  const direct = nodes.map(
    (n) => op.lower !== undefined && (op.supports?.(provider, n.inputs, n.params) ?? true) === true,
  );
  if (direct.every(Boolean)) return "yes";
  if (!op.compose) return direct.some(Boolean) ? "some forms" : "no";
  return direct.some(Boolean) ? "yes, some forms composed" : "composed";
}

function row(op: OpDef, nodes: readonly Node[]): string {
  const gpu = runsOn(op, nodes, "webgpu");
  const wasm = runsOn(op, nodes, "wasm");
  const browser = gpu === "no" ? "wasm" : wasm === "no" ? "WebGPU" : "wasm, WebGPU";
  const js = op.js || op.expression ? "yes" : "composed";
  return `| \`${op.name}\` | ${gradientOf(op, nodes)} | ${js} | ${runsOn(op, nodes, "cpu")} | ${gpu} | ${browser} |`;
}

/** Functions of the public surface that are made of ops, by the file that they stand in. */
async function composedFunctions(): Promise<string[]> {
  const surface = new Set(Object.keys(engine));
  const folder = join(root, "src/engine/ops");
  const lines: string[] = [];
  for (const file of readdirSync(folder).sort()) {
    if (!file.endsWith(".ts") || file.endsWith(".test.ts")) continue;
    const path = join(folder, file);
    const module = (await import(pathToFileURL(path).href)) as Record<string, unknown>;
    const names = Object.keys(module).filter(
      (n) => surface.has(n) && typeof module[n] === "function" && !allOps().has(n),
    );
    if (names.length === 0) continue;
    const about = /@file\s+([\s\S]*?)(?:\*\/|\n\s*\*\s*\n)/.exec(readFileSync(path, "utf8"))?.[1];
    const text = (about ?? file).replace(/\s*\n\s*\*\s*/g, " ").trim();
    lines.push(
      `- ${text}\n  ${names
        .sort()
        .map((n) => `\`${n}\``)
        .join(" ")}`,
    );
  }
  return lines;
}

/** The text of docs/ops.md. */
export async function opsTable(): Promise<string> {
  const nodes = applications();
  const rows = [...allOps().values()]
    .sort((a, b) => a.name.localeCompare(b.name, "en"))
    .map((op) => row(op, nodes.get(op.name) ?? []));
  const refused = skips.map((s) => `- ${s.backend}: ${s.name}: ${s.reason}`);
  return `# Ops

Written by \`node scripts/ops-table.ts\` from the engine's registry and the cases of its op suite; a test
keeps it up to date. Every op is checked against numerical differentiation in float64 (first and second
derivatives) and, on each backend, against the JavaScript kernels.

- **gradient**: \`yes\` by a rule of its own, \`composed\` through the ops that it is made of, \`none\` where
  there is nothing to differentiate.
- **js, ONNX CPU, ONNX WebGPU**: \`yes\` by kernels of its own, \`composed\` in terms of other ops of this
  table; "some forms" depends on dtypes, shapes and settings, and compilation says so by name.
- **browser**: the same ONNX graphs run there by WebAssembly (the CPU forms) and WebGPU; js runs everywhere.

| op | gradient | js | ONNX CPU | ONNX WebGPU | browser |
|---|---|---|---|---|---|
${rows.join("\n")}

## Left out of the op suite on some backend

${refused.length > 0 ? refused.join("\n") : "Nothing."}

## Functions made of these ops

They are differentiable where their parts are, and run where their parts run.

${(await composedFunctions()).join("\n")}
`;
}

export const opsTablePath = join(root, "docs/ops.md");

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href)
  writeFileSync(opsTablePath, await opsTable());
