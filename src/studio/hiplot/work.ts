// Long work in slices, so that the page answers in between.

/** How long a slice may take in milliseconds. */
const sliceMs = 12;

const channel = typeof MessageChannel === "undefined" ? null : new MessageChannel();
const waiting: (() => void)[] = [];
if (channel) channel.port1.onmessage = () => waiting.shift()?.();

/** Lets the browser take input and draw, then goes on: without the rests of a timer. */
function pause(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    channel?.port2.postMessage(null);
  });
}

/** Runs work slice by slice. @returns whether it was finished before the signal. */
export async function runInSlices(work: Iterator<unknown>, signal: AbortSignal): Promise<boolean> {
  for (;;) {
    const start = performance.now();
    do {
      if (work.next().done) return true;
    } while (performance.now() - start < sliceMs);
    await pause();
    if (signal.aborted) return false;
  }
}
