import type { Clock } from '../../../../src/core/clock.ts';

export interface ManualClock extends Clock {
  /** Lets time pass; the wall clock by `wallMs` where it differs. */
  pass(ms: number, wallMs?: number): void;
}

export function createManualClock(startMs = 1_800_000_000_000): ManualClock {
  let wall = startMs;
  let monotonic = 1000;
  return {
    now: () => wall,
    monotonic: () => monotonic,
    pass(ms, wallMs = ms) {
      monotonic += ms;
      wall += wallMs;
    },
  };
}
