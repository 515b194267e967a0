/** Turns the totals of counters into rates, each from a total and the one before it of the same series. */
export interface CounterRates {
  /** Milliseconds that a rate is taken over at most; a rate at a time depends on no total that is older. */
  readonly maxGapMs: number;
  /**
   * The rates of one series, told from others by `key`: takes its totals, oldest first, and gives the growth per second
   * since the one before, to six digits; NaN where that is unknown or too old. The last total is remembered from one
   * call of `series` to the next.
   */
  series(key: string): (timeMs: number, total: number) => number;
}

/**
 * Prometheus holds a sample for current for five minutes, so some are taken only as often; with times at whole steps of
 * a minute two of these may be six minutes apart.
 */
const leastGapMs = 6 * 60_000;
/** As the collector does: more missing than two in a row is a time of which nothing is known. */
const gapSteps = 3;

interface Last {
  timeMs: number;
  total: number;
}

export function createCounterRates(stepMs: number): CounterRates {
  const maxGapMs = Math.max(leastGapMs, gapSteps * stepMs);
  const lasts = new Map<string, Last>();
  return {
    maxGapMs,
    series(key) {
      const last = lasts.get(key) ?? { timeMs: Number.NEGATIVE_INFINITY, total: 0 };
      lasts.set(key, last);
      return (timeMs, total) => {
        const elapsedMs = timeMs - last.timeMs;
        // Less than before: it has started again from zero, https://prometheus.io/docs/concepts/metric_types/#counter.
        const increase = total < last.total ? total : total - last.total;
        last.timeMs = timeMs;
        last.total = total;
        return elapsedMs > 0 && elapsedMs <= maxGapMs ? rounded((increase * 1000) / elapsedMs) : Number.NaN;
      };
    },
  };
}

/** The other digits are those of the division, and take two thirds of the room. */
function rounded(rate: number): number {
  return Number(rate.toPrecision(6));
}
