import { createRandom } from '../../test/support/random.ts';
import type { BenchResult } from '../support/bench.ts';
import { cpuSeconds } from '../support/cpu.ts';
import { HOUR_MS } from './ops-series.ts';
import { type Effort, predict } from './prediction.ts';

const SIZES = { long: [1_000, 5_000, 20_000], short: [1_000, 5_000] } as const;
const ROUNDS = { long: 5, short: 3 } as const;
/** What a point may cost in the longest series, in times of the cheapest in a shorter one; n log n has 1.4, n squared 4. */
const LIMIT = 1.5;

/** How the cost of a forecast grows with its series' length: the least of rounds in turn for each length. */
export function reportGrowth(short: boolean): BenchResult[] {
  const mode = short ? 'short' : 'long';
  const series = SIZES[mode].map(hourly);
  return (['full', 'fast'] as const).map((effort) => {
    const rounds = Array.from({ length: ROUNDS[mode] }, () => series.map((values) => costOf(values, effort)));
    const micros = series.map(
      ({ length }, i) => (1e6 * Math.min(...rounds.map((took) => took[i] ?? Number.NaN))) / length,
    );
    const growth = (micros.at(-1) ?? Number.NaN) / Math.min(...micros.slice(0, -1));
    return {
      bar: `cost grows linearly, ${effort}: a point of ${SIZES[mode].at(-1)} <= ${LIMIT} times one of a shorter series`,
      figure: `${growth.toFixed(2)} times (${micros.map((m, i) => `${m.toFixed(1)} us at ${SIZES[mode][i]}`).join(', ')})`,
      pass: growth <= LIMIT,
    };
  });
}

function costOf(values: Float64Array, effort: Effort): number {
  return cpuSeconds(() => predict(values, { horizon: 48, stepMs: HOUR_MS, effort }));
}

/** A day, a week, a slow rise and noise with memory. */
function hourly(length: number): Float64Array {
  const random = createRandom(length);
  let memory = 0;
  return Float64Array.from({ length }, (_, i) => {
    memory = 0.7 * memory + random.normal();
    const week = i % 168 < 120 ? 20 : 0;
    return 100 + 0.001 * i + week + 15 * Math.sin((2 * Math.PI * i) / 24) + memory;
  });
}
