// The child's end of the peers' protocol, for the peers that are JavaScript: JSON lines on stdin
// and stdout, the same as torch_peer.py speaks.

import { createInterface } from "node:readline";
import type { Workload } from "./workloads.ts";

/** What a peer's process must be able to do. */
export interface Side {
  /** Builds the workload; what it resolves to is reported as the peer's `info`. */
  setup(workload: Workload, threads: number): Promise<Record<string, unknown>>;
  /** Runs one step and resolves to a number read back from it (the loss where it trains). */
  step(): Promise<number>;
}

/** The first line of what went wrong, short enough for a table. */
function reason(error: unknown): string {
  const text = error instanceof Error ? error.message : JSON.stringify(error);
  return text.split("\n")[0]!.slice(0, 300);
}

/** Answers requests until stdin ends or a close comes; errors are answered, not thrown. */
export async function serve(side: Side): Promise<void> {
  // Libraries greet on stdout, which belongs to the answers.
  console.log = console.error;
  console.info = console.error;
  console.warn = console.error;
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line);
    if (request.cmd === "close") break;
    let answer: Record<string, unknown>;
    try {
      if (request.cmd === "setup") {
        const info = await side.setup(request.workload, request.threads);
        for (let i = 0; i < 2; i++) await side.step();
        answer = { ok: true, info };
      } else {
        const ms: number[] = [];
        let loss = Number.NaN;
        for (let i = 0; i < request.n; i++) {
          const start = performance.now();
          loss = await side.step();
          ms.push(performance.now() - start);
        }
        answer = { ms, loss };
      }
    } catch (error) {
      answer = { error: reason(error) };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
  process.exit(0);
}
