// The process behind `WarmLabs`: loads a lab once and answers its calls, one after the other.
import { type LabContext, parseInput } from "./define.ts";
import { loadLab } from "./registry.ts";
import type { CallReply, CallRequest } from "./warm.ts";

const never = new AbortController().signal;

/** A call has no run: figures go nowhere, and there is no place for files. */
const context: LabContext = {
  id: "call",
  folder: "",
  signal: never,
  progress: () => {},
  metrics: () => {},
  flush: async () => {},
  artifact: async (name) => {
    throw new Error(`artifact ${name}: a call without a run cannot keep artifacts`);
  },
};

async function answer({ id, module, labId, input }: CallRequest): Promise<CallReply> {
  try {
    const lab = await loadLab(module, labId);
    return { id, value: await lab.run(context, parseInput(lab, input)) };
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) };
  }
}

let last: Promise<unknown> = Promise.resolve();
process.on("message", (request: CallRequest) => {
  last = last.then(async () => process.send?.(await answer(request)));
});
process.on("SIGINT", () => {});
process.on("disconnect", () => process.exit(0));
