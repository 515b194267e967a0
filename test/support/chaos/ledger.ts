import type { SeriesBatch } from '../../../src/metrics/stored-series.ts';

/** What was written, by series and time, and whether the store has said that it has it. */
export interface Ledger {
  /** Samples that were sent: they may be there. */
  attempt(series: Iterable<number>, timesMs: Iterable<number>): void;
  /** Samples that must be there from now on. */
  acknowledge(series: Iterable<number>, timesMs: Iterable<number>): void;
  stateOf(series: number, timeMs: number): 'attempted' | 'acknowledged' | undefined;
  /** How many samples at `fromMs` or later were acknowledged. */
  acknowledged(fromMs?: number): number;
}

export function createLedger(): Ledger {
  const states = new Map<number, Map<number, 'attempted' | 'acknowledged'>>();

  function mark(series: Iterable<number>, timesMs: Iterable<number>, state: 'attempted' | 'acknowledged'): void {
    const times = [...timesMs];
    for (const one of series) {
      const known = states.get(one) ?? new Map();
      states.set(one, known);
      for (const timeMs of times) if (known.get(timeMs) !== 'acknowledged') known.set(timeMs, state);
    }
  }

  return {
    attempt: (series, timesMs) => mark(series, timesMs, 'attempted'),
    acknowledge: (series, timesMs) => mark(series, timesMs, 'acknowledged'),
    stateOf: (series, timeMs) => states.get(series)?.get(timeMs),
    acknowledged(fromMs = 0) {
      let count = 0;
      for (const times of states.values())
        for (const [timeMs, state] of times) if (state === 'acknowledged' && timeMs >= fromMs) count += 1;
      return count;
    },
  };
}

/** The series and times of imports. */
export function marksOf(batches: readonly SeriesBatch[], seriesOf: (metric: string) => number): [number[], number[]] {
  return [batches.map(({ descriptor }) => seriesOf(descriptor.metric)), [...(batches[0]?.samples.timesMs ?? [])]];
}
