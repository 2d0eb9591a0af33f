// Ctrl-C: the first one asks for an orderly end, the second one ends at once.

/** A signal that fires at the first SIGINT or SIGTERM; `release` gives the signals back. */
export function stopSignal(onStop: () => void = () => {}): {
  signal: AbortSignal;
  release: () => void;
} {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(130);
    onStop();
    controller.abort();
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  const release = () => {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  };
  return { signal: controller.signal, release };
}

/** Resolves when the signal fires. */
export function whenStopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
