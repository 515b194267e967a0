import { describe, expect, test } from 'vitest';
import { selectSeries } from '../../../src/metrics/series-selection.ts';
import { series } from '../../support/fake-metrics.ts';

const user = series('cpu', { mode: 'user' });
const idle = series('cpu', { mode: 'idle', core: '0' });
const total = series('cpu');

describe('which series are meant', () => {
  test('without labels: the one without any, which is the total', () => {
    expect(selectSeries([user, total, idle], { metric: 'cpu' })).toEqual([total]);
    expect(selectSeries([user, total], { metric: 'cpu', labels: {} })).toEqual([total]);
  });

  test('without labels where there is no total: all', () => {
    expect(selectSeries([user, idle], { metric: 'cpu' })).toEqual([user, idle]);
  });

  test('with labels: those that carry each, * standing for any value', () => {
    const select = (labels: Record<string, string>) => selectSeries([total, user, idle], { metric: 'cpu', labels });
    expect(select({ mode: 'user' })).toEqual([user]);
    expect(select({ mode: '*' })).toEqual([user, idle]);
    expect(select({ mode: '*', core: '0' })).toEqual([idle]);
  });

  test.each<Record<string, string>>([
    { mode: 'usr' },
    { mode: 'user', core: '0' },
    { toString: '*' },
    { constructor: '*' },
  ])('with labels %j that none carries: an error that names the nearest', (labels) => {
    const select = () => selectSeries([total, user, idle], { metric: 'cpu', labels });
    expect(select).toThrow(expect.objectContaining({ code: 'not_found' }));
    expect(select).toThrow(/^No series cpu\{.*\}\. Nearest: .*cpu\{mode=user\}/);
  });

  test('names in the error stay on one line', () => {
    const odd = series('cpu', { mode: 'a\nb\u202e' });
    expect(() => selectSeries([odd], { metric: 'cpu', labels: { mode: 'x\ny' } })).toThrow(
      /^No series cpu\{mode=x\ufffdy\}\. Nearest: cpu\{mode=a\ufffdb\ufffd\}\.$/,
    );
  });
});
