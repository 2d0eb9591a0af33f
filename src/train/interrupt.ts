/** @file Requests to stop: an AbortSignal, Ctrl-C, a termination signal. */

/** Tells whether a run should stop; `Symbol.dispose` stops listening. */
export interface Interrupt extends Disposable {
  readonly requested: boolean;
}

/**
 * Listens for a request to stop. With `processSignals`, the first SIGINT or SIGTERM is such a
 * request; a second one ends the process at once, as it would without listening.
 */
export function listenForInterrupt(
  signal: AbortSignal | undefined,
  processSignals: boolean,
): Interrupt {
  let requested = false;
  const names = ["SIGINT", "SIGTERM"] as const;
  const listening = processSignals && typeof process !== "undefined" && "once" in process;
  const onSignal = (): void => {
    requested = true;
    stopListening();
  };
  const stopListening = (): void => {
    if (listening) for (const name of names) process.off(name, onSignal);
  };
  if (listening) for (const name of names) process.on(name, onSignal);
  return {
    get requested() {
      return requested || signal?.aborted === true;
    },
    [Symbol.dispose]: stopListening,
  };
}

const TURN_MS = 20;
let lastTurn = 0;

/**
 * Lets timers, signals and messages have their turn, at most every few milliseconds: a loop that
 * awaits nothing but computed results would never return to the event loop.
 */
export async function takeTurn(): Promise<void> {
  const now = performance.now();
  if (now - lastTurn < TURN_MS) return;
  lastTurn = now;
  await new Promise<void>((resolve) => {
    if (typeof setImmediate === "function") setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
}
