import { setImmediate } from 'node:timers/promises';

/** Slices of work on the event loop: a long tick, or one of many hosts, lets others have their turn in between. */
export interface Turns {
  /** How many of `count` things may be done now; 0 = wait for the next turn first. */
  take(count: number): number;
  next(): Promise<void>;
}

/** @param atOnce things done in a turn, whoever does them. */
export function createTurns(atOnce: number): Turns {
  let left = atOnce;
  let next: Promise<void> | undefined;

  function renew(): Promise<void> {
    return setImmediate().then(() => {
      left = atOnce;
      next = undefined;
    });
  }

  return {
    take(count) {
      const taken = Math.min(count, left);
      left -= taken;
      // What is left now is left for this turn alone.
      next ??= renew();
      return taken;
    },
    next: () => (next ??= renew()),
  };
}
