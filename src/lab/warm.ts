// Answers calls of interactive labs from processes that stay: what a lab has loaded is there for the next call.
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";

/** What a call process is asked. */
export interface CallRequest {
  readonly id: number;
  readonly module: string;
  readonly labId: string;
  readonly input: unknown;
}

/** What it answers. */
export type CallReply =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string };

/** The lab itself refused or failed; the message is fit for a user. */
export class LabCallError extends Error {
  override readonly name = "LabCallError";
}

/** Options of `WarmLabs`. */
export interface WarmLabsOptions {
  /** A call that takes longer is given up, its process with it. Default 60,000. */
  readonly timeoutMs?: number;
  /** A process without calls for this long is ended. Default 300,000. */
  readonly idleMs?: number;
  /** Calls that may wait for one process; more are refused. Default 64. */
  readonly maxWaiting?: number;
}

interface WarmProcess {
  readonly child: ChildProcess;
  readonly calls: Map<number, { resolve: (value: unknown) => void; reject: (e: Error) => void }>;
  idle: NodeJS.Timeout | undefined;
}

const entry = fileURLToPath(
  new URL(
    import.meta.url.endsWith(".ts") ? "./call-worker.ts" : "./call-worker.js",
    import.meta.url,
  ),
);

/** One process per module of labs; it answers one call after the other. */
export class WarmLabs {
  readonly #processes = new Map<string, WarmProcess>();
  readonly #timeoutMs: number;
  readonly #idleMs: number;
  readonly #maxWaiting: number;
  #ids = 0;

  constructor({ timeoutMs = 60_000, idleMs = 300_000, maxWaiting = 64 }: WarmLabsOptions = {}) {
    this.#timeoutMs = timeoutMs;
    this.#idleMs = idleMs;
    this.#maxWaiting = maxWaiting;
  }

  /** Calls a lab with a checked input. @throws LabCallError with the lab's own words. */
  call(module: string, labId: string, input: unknown): Promise<unknown> {
    const warm = this.#processes.get(module) ?? this.#start(module);
    if (warm.calls.size >= this.#maxWaiting) {
      throw new LabCallError(`${labId}: ${warm.calls.size} calls are waiting already; try later`);
    }
    clearTimeout(warm.idle);
    const id = this.#ids++;
    return new Promise((resolve, reject) => {
      const timeout = setTimeout(() => {
        warm.child.kill("SIGKILL");
        reject(new LabCallError(`${labId}: no answer within ${this.#timeoutMs / 1_000} s`));
      }, this.#timeoutMs);
      const settle = () => {
        clearTimeout(timeout);
        warm.calls.delete(id);
        if (warm.calls.size === 0) {
          warm.idle = setTimeout(() => this.#end(module, warm), this.#idleMs).unref();
        }
      };
      warm.calls.set(id, {
        resolve: (value) => {
          settle();
          resolve(value);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      });
      warm.child.send({ id, module, labId, input } satisfies CallRequest, () => {});
    });
  }

  /** Ends all processes; calls under way are refused. */
  close(): void {
    for (const [module, warm] of this.#processes) this.#end(module, warm);
  }

  #start(module: string): WarmProcess {
    const child = fork(entry, [], {
      serialization: "advanced",
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    const warm: WarmProcess = { child, calls: new Map(), idle: undefined };
    this.#processes.set(module, warm);
    child.on("message", (raw) => {
      const reply = raw as CallReply;
      const call = warm.calls.get(reply.id);
      if ("error" in reply) call?.reject(new LabCallError(reply.error));
      else call?.resolve(reply.value);
    });
    const gone = () => {
      if (this.#processes.get(module) === warm) this.#processes.delete(module);
      for (const call of [...warm.calls.values()]) {
        call.reject(new LabCallError("the process of this lab ended before it had an answer"));
      }
      clearTimeout(warm.idle);
    };
    child.on("error", gone);
    child.on("exit", gone);
    return warm;
  }

  #end(module: string, warm: WarmProcess): void {
    if (this.#processes.get(module) === warm) this.#processes.delete(module);
    warm.child.kill("SIGKILL");
  }
}
