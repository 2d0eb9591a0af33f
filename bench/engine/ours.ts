// This project's side of the engine benchmark.

import { fileURLToPath } from "node:url";
import { ChildPeer, type Ours } from "./peer.ts";

/** Starts a process that builds a workload on this engine and times its steps. */
export const ours: Ours = (_workload, { threads, backend }) =>
  new ChildPeer(
    "deepdive",
    process.execPath,
    [fileURLToPath(new URL("./ours-peer.ts", import.meta.url)), backend],
    { threads },
  );
