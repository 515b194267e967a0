import { describe, expect, test } from 'vitest';
import { createChartStore } from '../../../src/charts/chart-store.ts';

const mine = { subject: 'ann', sessionId: 's1' };

function storeOf(limits: { maxCharts?: number; maxBytes?: number } = {}) {
  let next = 0;
  return createChartStore({ maxCharts: 3, maxBytes: 1000, newId: () => `id-${next++}`, ...limits });
}

describe('a kept chart', () => {
  test('is read by the session that asked for it', () => {
    const store = storeOf();
    expect(store.get(store.add('<svg/>', mine), mine)).toBe('<svg/>');
  });

  test.each([
    ['another subject', { subject: 'bob', sessionId: 's1' }],
    ['another session of the same subject', { subject: 'ann', sessionId: 's2' }],
    ['the same subject without a session', { subject: 'ann' }],
  ])('is not there for %s, as if it had never been', (_who, caller) => {
    const store = storeOf();
    const id = store.add('<svg/>', mine);
    const refusal = (asked: string) => {
      try {
        return store.get(asked, caller);
      } catch (error) {
        return error;
      }
    };
    expect(refusal(id)).toMatchObject({ code: 'not_found' });
    expect(String(refusal(id))).toBe(String(refusal('id-9')));
  });

  test('gives way to newer ones when there are too many', () => {
    const store = storeOf();
    const ids = ['a', 'b', 'c', 'd'].map((svg) => store.add(svg, mine));
    expect(() => store.get(ids[0] ?? '', mine)).toThrow('There is no such chart');
    expect(ids.slice(1).map((id) => store.get(id, mine))).toEqual(['b', 'c', 'd']);
  });

  test('gives way to newer ones when they are too large together', () => {
    const store = storeOf({ maxCharts: 50 });
    const ids = ['a', 'b', 'c'].map((letter) => store.add(letter.repeat(200), mine));
    expect(() => store.get(ids[0] ?? '', mine)).toThrow('There is no such chart');
    expect(store.get(ids[2] ?? '', mine)).toHaveLength(200);
  });
});
