/** @file Prepares items ahead of their use while this thread waits for something else. */

/**
 * The items of `source` in order, with up to `depth` of them under way before they are asked for, so
 * that reading and decoding overlap with the caller's own waiting. An error comes in its place in
 * the order; leaving the loop early closes the source. Work that computes in JavaScript overlaps with
 * a blocking call only in a worker: see `prefetchInWorker`.
 */
export async function* prefetch<T>(
  source: AsyncIterable<T> | Iterable<T>,
  depth: number,
): AsyncGenerator<T> {
  const iterator =
    Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  const ahead: Promise<IteratorResult<T>>[] = [];
  const pull = () => {
    const next = Promise.resolve().then(() => iterator.next());
    // Whoever takes it out of the queue handles a failure; until then it is not "unhandled".
    next.catch(() => {});
    ahead.push(next);
  };
  let finished = false;
  try {
    for (let i = 0; i < Math.max(1, depth); i++) pull();
    while (true) {
      const result = await ahead.shift()!;
      if (result.done) {
        finished = true;
        return;
      }
      pull();
      yield result.value;
    }
  } catch (error) {
    finished = true;
    throw error;
  } finally {
    if (!finished) await iterator.return?.();
  }
}
