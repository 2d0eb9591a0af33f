// A model behind an HTTP endpoint: POST {"inputs": [...]}, answer {"outputs": [[...], ...]} or the list alone.
import { setTimeout as wait } from "node:timers/promises";
import {
  type BlackBox,
  type BlackBoxOptions,
  checkRows,
  describe,
  type InputKind,
  type InputKinds,
  softmaxRows,
  toJson,
} from "./black-box.ts";

const firstPauseMs = 200;

/**
 * A model that answers HTTP requests. Failed connections, answers 429 and 5xx, and answers later than
 * `timeoutMs` are tried again `retries` times, after 0.2 s, 0.4 s, …; other errors are final.
 */
export function httpModel<K extends InputKind>(
  url: string,
  options: BlackBoxOptions = {},
): BlackBox<InputKinds[K]> {
  const { outputs = "probabilities", timeoutMs = 60_000, retries = 3 } = options;
  const ask = async (inputs: readonly unknown[]): Promise<number[][]> => {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify({ inputs }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const body = await response.text();
    if (!response.ok) throw new StatusError(url, response.status, body);
    let answer: unknown;
    try {
      answer = JSON.parse(body);
    } catch (cause) {
      throw new Error(`${url}: expected JSON, received ${describe(body)}`, { cause });
    }
    return checkRows(answer, inputs.length, url);
  };
  return {
    async predict(batch) {
      const inputs = batch.map(toJson);
      for (let attempt = 0; ; attempt++) {
        try {
          const rows = await ask(inputs);
          return outputs === "logits" ? softmaxRows(rows) : rows;
        } catch (error) {
          if (attempt >= retries || !isPassing(error)) throw explain(url, error, attempt + 1);
        }
        await wait(firstPauseMs * 2 ** attempt);
      }
    },
    close: async () => {},
  };
}

class StatusError extends Error {
  override readonly name = "StatusError";
  readonly status: number;

  constructor(url: string, status: number, body: string) {
    super(`${url}: answered ${status} ${describe(body)}`);
    this.status = status;
  }
}

/** Whether the same request may well succeed later. */
function isPassing(error: unknown): boolean {
  if (error instanceof StatusError) return error.status === 429 || error.status >= 500;
  const { name } = error as Error;
  return name === "TimeoutError" || name === "TypeError";
}

function explain(url: string, error: unknown, attempts: number): Error {
  const { name, message, cause } = error as Error & { cause?: { code?: string } };
  const times = attempts === 1 ? "" : ` (${attempts} attempts)`;
  if (name === "TimeoutError") return new Error(`${url}: no answer in time${times}`);
  if (name === "TypeError") {
    return new Error(`${url}: cannot be reached: ${cause?.code ?? message}${times}`);
  }
  return attempts === 1 ? (error as Error) : new Error(`${message}${times}`);
}
