import { OpenManagerError } from './errors.ts';

/** Runs work when its turn comes; who gives up before that leaves the queue. */
export type Limit = <T>(work: () => Promise<T>, signal?: AbortSignal) => Promise<T>;

export interface LimitOptions {
  readonly atOnce: number;
  readonly maxWaiting: number;
}

/**
 * Work in the order in which it came, `atOnce` pieces at a time. Throws `unavailable` when `maxWaiting` wait already, and
 * the signal's reason when it aborts before the work's turn.
 */
export function createLimit({ atOnce, maxWaiting }: LimitOptions): Limit {
  const waiting = new Set<() => void>();
  let running = 0;

  async function waitForTurn(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (running < atOnce) {
      running++;
      return;
    }
    if (waiting.size >= maxWaiting) {
      throw new OpenManagerError('unavailable', `${maxWaiting} pieces of work wait already; try again in a while.`);
    }
    const turn = Promise.withResolvers<void>();
    const leave = () => {
      // Whose turn has come already gives it back when its work ends.
      if (waiting.delete(turn.resolve)) turn.reject(signal?.reason);
    };
    waiting.add(turn.resolve);
    signal?.addEventListener('abort', leave, { once: true });
    try {
      await turn.promise;
    } finally {
      signal?.removeEventListener('abort', leave);
    }
  }

  function next(): void {
    const [turn] = waiting;
    if (turn === undefined) {
      running--;
      return;
    }
    waiting.delete(turn);
    turn();
  }

  return async (work, signal) => {
    await waitForTurn(signal);
    try {
      return await work();
    } finally {
      next();
    }
  };
}
