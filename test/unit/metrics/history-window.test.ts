import fc from 'fast-check';
import { expect, test } from 'vitest';
import { maxHistoryPoints, planHistory } from '../../../src/metrics/history-window.ts';

const hour = 3_600_000;
const day = 24 * hour;
const nowMs = 1000 * day;
const plan = (agoMs: number, aheadMs: number) =>
  planHistory({ firstMs: nowMs - agoMs, nowMs, aheadMs, intervalMs: 5000 });

test('a history is within what there is and affordable, its step not below the interval', () => {
  const span = fc.integer({ min: 1, max: 900 * day });
  fc.assert(
    fc.property(span, span, fc.integer({ min: 1000, max: hour }), (agoMs, aheadMs, intervalMs) => {
      const { fromMs, stepMs } = planHistory({ firstMs: nowMs - agoMs, nowMs, aheadMs, intervalMs });
      expect(fromMs).toBeGreaterThanOrEqual(nowMs - agoMs);
      expect((nowMs - fromMs) / stepMs).toBeLessThanOrEqual(maxHistoryPoints);
      expect(stepMs).toBeGreaterThanOrEqual(intervalMs);
      expect(aheadMs / stepMs).toBeLessThanOrEqual(1000);
    }),
  );
});

test('a long history has at most 60 steps ahead, a short one more of them rather than too few behind', () => {
  expect(hour / plan(7 * day, hour).stepMs).toBeLessThanOrEqual(60);
  const { stepMs } = plan(hour, day);
  expect(hour / stepMs).toBeGreaterThanOrEqual(30);
  expect(day / stepMs).toBeGreaterThan(60);
});
