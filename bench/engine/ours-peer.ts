// This project's side of the benchmark: a process of its own, as the peers have; its argument is the backend.

import { type BackendName, setBackend } from "../../src/engine/index.ts";
import { prepare } from "./ours-step.ts";
import { serve } from "./serve.ts";

let step: () => Promise<number>;

await serve({
  async setup(workload, threads) {
    setBackend(process.argv[2] as BackendName, { threads });
    step = await prepare(workload);
    return { threads };
  },
  step: () => step(),
});
