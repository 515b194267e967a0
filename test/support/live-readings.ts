import type { Reading } from '../../src/metrics/reading.ts';
import { createRandom } from './random.ts';

export const liveHost = 'web-1';
export const liveStepMs = 5_000;
export const liveStartMs = 20_000 * 86_400_000;
export const liveSeries = ['load', 'io'].map((metric) => ({ metric, labels: { core: '1' }, unit: '1' }));

/** What the first and the second series have instead of what is usual. */
export type Odd = (step: number) => Partial<Record<0 | 1, number>>;

/** A snapshot is taken every 60 steps: one anomaly lasts over that, others begin and end before and after. */
export const oddTimes: Odd = (step) => {
  if (step >= 175 && step < 190) return { 0: 40 };
  if (step >= 222 && step < 246) return { 0: 1000 * step, 1: 60 };
  return step === 302 ? { 1: -20_000 } : {};
};

/** A reading every 5 s, steps [`from`, `to`): about 10 of both series, the same each time, but where they are odd. */
export function liveReadings(from: number, to: number, odd: Odd = () => ({})): Reading[] {
  return Array.from({ length: to - from }, (_, i) => {
    const step = from + i;
    const random = createRandom(step + 1);
    const usual = [10 + random.uniform(), 10 + random.uniform()];
    const values = Float64Array.from(usual, (value, at) => odd(step)[at as 0 | 1] ?? value);
    return { host: liveHost, timestampMs: liveStartMs + step * liveStepMs, descriptors: liveSeries, values };
  });
}
