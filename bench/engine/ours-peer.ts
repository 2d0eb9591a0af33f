// This project's side of the benchmark: a process of its own, as the peers have.

import { setBackend } from "../../src/engine/index.ts";
import { prepare } from "./ours-step.ts";
import { serve } from "./serve.ts";

let step: () => Promise<number>;

await serve({
  async setup(workload, threads) {
    setBackend("onnx", { threads });
    step = await prepare(workload);
    return { threads };
  },
  step: () => step(),
});
