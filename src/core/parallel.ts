export interface ParallelOptions {
  /** How many items are worked on at a time, >= 1. */
  readonly atOnce: number;
  readonly signal: AbortSignal;
}

/**
 * Works on `items`, taken one by one as there is room for them, `atOnce` at a time. The signal that `work` gets aborts
 * with the caller's, and when the work on another item has failed. Resolves when all is done; else, once nothing is under
 * way any more, rejects with what the first failure threw or the reason of the abort.
 */
export async function inParallel<T>(
  items: Iterable<T> | AsyncIterable<T>,
  { atOnce, signal }: ParallelOptions,
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const source = iterate(items);

  async function lane(): Promise<void> {
    for (;;) {
      either.throwIfAborted();
      const { done, value } = await source.next();
      if (done) return;
      await work(value, either);
    }
  }

  const lanes = Array.from({ length: atOnce }, () => lane().catch((thrown: unknown) => failed.abort(thrown)));
  await Promise.all(lanes);
  signal.throwIfAborted();
  failed.signal.throwIfAborted();
}

async function* iterate<T>(items: Iterable<T> | AsyncIterable<T>): AsyncGenerator<T, undefined> {
  yield* items;
}
