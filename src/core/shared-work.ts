import { untilAborted } from './until-aborted.ts';

/** Work under way, by key: who asks for what is being made already waits for that. */
export interface SharedWork<T> {
  /**
   * The result of `start`, or of an earlier one for the same key that is still under way. Rejects with the signal's reason
   * when it aborts; the signal that `start` gets aborts when all who wait for the work have given up.
   */
  join(key: string, start: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T>;
}

interface Work<T> {
  readonly result: Promise<T>;
  readonly given: AbortController;
  waiting: number;
}

export function createSharedWork<T>(): SharedWork<T> {
  const underWay = new Map<string, Work<T>>();

  function begin(key: string, start: (signal: AbortSignal) => Promise<T>): Work<T> {
    const given = new AbortController();
    const work: Work<T> = { result: start(given.signal), given, waiting: 0 };
    underWay.set(key, work);
    return work;
  }

  return {
    async join(key, start, signal) {
      signal.throwIfAborted();
      const work = underWay.get(key) ?? begin(key, start);
      work.waiting++;
      try {
        return await untilAborted(work.result, signal);
      } finally {
        work.waiting--;
        if (work.waiting === 0) {
          underWay.delete(key);
          work.given.abort(signal.reason);
        }
      }
    },
  };
}
