import { expect, test } from 'vitest';
import { usualInterval } from '../../../src/metrics/usual-interval.ts';
import { fakeMetrics, samplesOf, series } from '../../support/fake-metrics.ts';

const every = (stepMs: number, count: number) =>
  samplesOf(...Array.from({ length: count }, (_, i) => [i * stepMs, i] as const));

async function intervalOf(localHost: string, ...lengths: readonly (readonly [stepMs: number, count: number])[]) {
  const known = lengths.map(([stepMs, count], i) => [series(`m${i}`), every(stepMs, count)] as const);
  const metrics = { ...fakeMetrics(5_000, ...known), localHost };
  return usualInterval(metrics, await metrics.findAll(undefined));
}

test('is a little less than that of the samples on a host that others report', async () => {
  for (const asked of [
    await intervalOf('other', [300_000, 8_640]),
    await intervalOf('other', [300_000, 3]),
    await intervalOf('other', [60_000, 100], [300_000, 100], [300_000, 100]),
  ]) {
    expect(asked).toBeLessThanOrEqual(300_000);
    expect(asked).toBeGreaterThan(280_000);
  }
});

test('is the collector’s on this host, below it, and where nothing is known', async () => {
  expect(await intervalOf('here', [300_000, 100])).toBe(5_000);
  expect(await intervalOf('other', [1_000, 100])).toBe(5_000);
  expect(await intervalOf('other', [300_000, 1])).toBe(5_000);
  expect(await intervalOf('other', [300_000, 0])).toBe(5_000);
});
