import { expect, test } from 'vitest';
import { createAnalyticsPool } from '../../src/analytics-pool.ts';
import { summarize } from '../../src/metrics/summarize.ts';

test('samples are summarized in a thread as they would be here, and their memory goes there', async () => {
  await using pool = createAnalyticsPool();
  const request = () => ({
    samples: {
      timesMs: Float64Array.from({ length: 50_000 }, (_, i) => i * 1000),
      values: Float64Array.from({ length: 50_000 }, (_, i) => (i * 7919) % 1000),
    },
    window: { fromMs: 0, toMs: 50_000_000, stepMs: 1_000_000 },
    aggregation: 'p95' as const,
    countStepMs: 1000,
  });
  const sent = request();
  expect(await pool.summarize(sent)).toEqual(summarize(request()));
  expect(sent.samples.values.byteLength).toBe(0);
});
