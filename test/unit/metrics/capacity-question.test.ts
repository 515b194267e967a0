import { describe, expect, test } from 'vitest';
import type { Labels } from '../../../src/core/series.ts';
import { type Asked, questionFor, questionWithoutHistory } from '../../../src/metrics/capacity-question.ts';
import type { FoundSeries } from '../../../src/metrics/series-selection.ts';

const hour = 3_600_000;
const days = 10;

interface Told extends Partial<Asked> {
  readonly metric: string;
  readonly unit: string;
  readonly labels?: Labels;
  /** Of each hour of ten days, by its share of them. */
  readonly at?: (share: number) => number;
}

const resourceOf = ({ metric, unit, labels = {} }: Told) => {
  const series = { host: 'h', metric, labels, unit, id: 1 } as unknown as FoundSeries;
  return { name: metric, series, how: 'value' as const, unit };
};

function ask({ at = () => 0.5, metric, unit, labels, ...asked }: Told) {
  const length = days * 24;
  const values = Float64Array.from({ length }, (_, i) => at(i / length));
  const resource = resourceOf({ metric, unit, ...(labels && { labels }) });
  return questionFor({ resource, values, startMs: 0, stepMs: hour }, { horizonMs: 240 * hour, ...asked });
}

const directionOf = (told: Told) => ask({ threshold: 10, ...told }).options.direction;
const thresholdOf = (told: Told) => ask(told).options.threshold;

describe('the side on which a threshold is reached', () => {
  test.each([
    ['node_memory_MemAvailable_bytes', 'below'],
    ['node_filesystem_avail_bytes', 'below'],
    ['node_filesystem_files_free', 'below'],
    ['sysstat.memory.memfree', 'below'],
    ['quota.remaining', 'below'],
    ['app.idle', 'below'],
    ['container.memory.usage', 'above'],
    ['pool.used', 'above'],
  ])('of %s is %s, wherever it is', (metric, direction) => {
    for (const level of [5, 50]) expect(directionOf({ metric, unit: 'By', at: () => level })).toBe(direction);
  });

  test('is not told by the word unavailable', () => {
    expect(directionOf({ metric: 'app.unavailable', unit: 'By', at: () => 5 })).toBe('above');
  });

  test('is told by the state that a label names', () => {
    const metric = 'system.memory.usage';
    expect(directionOf({ metric, unit: 'By', labels: { 'system.memory.state': 'free' } })).toBe('below');
    expect(directionOf({ metric, unit: 'By', labels: { 'system.memory.state': 'used' }, at: () => 50 })).toBe('above');
  });

  test('is above for a share, unless it is called free', () => {
    const at = () => 0.95;
    expect(directionOf({ metric: 'disk.utilization', unit: '1', threshold: 0.9, at })).toBe('above');
    expect(directionOf({ metric: 'disk.free.ratio', unit: '1', threshold: 0.1, at })).toBe('below');
  });

  test.each([
    ['has been above all along', () => 50, 'below'],
    ['has been above but for a dip at first', (share: number) => (share < 0.02 ? 5 : 50), 'below'],
    ['has been below all along', () => 5, 'above'],
    ['rose through it', (share: number) => 2 + 20 * share, 'above'],
    ['fell through it', (share: number) => 20 - 18 * share, 'above'],
  ])('of what has no such name and %s', (_name, at, direction) => {
    expect(directionOf({ metric: 'thing', unit: '{item}', at })).toBe(direction);
  });

  test('is what the caller says', () => {
    expect(directionOf({ metric: 'thing', unit: '{item}', at: () => 50, direction: 'above' })).toBe('above');
    expect(directionOf({ metric: 'pool.used', unit: 'By', direction: 'below' })).toBe('below');
  });
});

describe('the threshold', () => {
  test.each([
    ['a utilization', { metric: 'system.memory.utilization', unit: '1' }, 0.9],
    ['a utilization, as a share', { metric: 'system.memory.utilization', unit: '1', threshold: 0.8 }, 0.8],
    ['a utilization, in percent', { metric: 'system.memory.utilization', unit: '1', threshold: 80 }, 0.8],
    [
      'a limit of its own stored in percent',
      { metric: 'sysstat.memory.memused-percent', unit: '%', threshold: 0.8 },
      80,
    ],
    ['another percentage, as it is', { metric: 'app.fill', unit: '%', threshold: 0.8 }, 0.8],
    ['a percentage', { metric: 'app.fill', unit: '%' }, 90],
    ['a share of what is free', { metric: 'app.free.ratio', unit: '1' }, 0.1],
    ['a percentage of what is free', { metric: 'app.free', unit: '%' }, 10],
    ['a plain number of unit 1', { metric: 'queue.length', unit: '1', threshold: 2000, at: () => 500 }, 2000],
    ['a ratio beyond 1', { metric: 'load.ratio', unit: '1', threshold: 3, at: () => 2.5 }, 3],
    [
      'a queue that was never longer than 1',
      { metric: 'queue.length', unit: '1', threshold: 20, at: (share: number) => (share > 0.5 ? 1 : 0) },
      20,
    ],
    ['what lies between 0 and 1', { metric: 'saturation', unit: '1', threshold: 90, at: () => 0.4 }, 0.9],
  ])('of %s', (_name, told, threshold) => {
    expect(thresholdOf(told)).toBe(threshold);
  });

  test('of a plain number of unit 1 is shown as one, and without a bound above', () => {
    const { shownUnit, options } = ask({ metric: 'queue.length', unit: '1', threshold: 20, at: () => 1 });
    expect({ shownUnit, upper: options.bounds?.upper }).toEqual({ shownUnit: '', upper: undefined });
    expect(ask({ metric: 'disk.utilization', unit: '1' }).shownUnit).toBe('1');
    const cores = ask({ metric: 'container.cpu.utilization', unit: '1', threshold: 3, at: () => 1.6 });
    expect([cores.shownUnit, cores.options.threshold]).toEqual(['1', 3]);
  });

  test.each([
    [{ metric: 'disk.utilization', unit: '1', threshold: 150 }, true],
    [{ metric: 'disk.utilization', unit: '1', threshold: -0.1 }, true],
    [{ metric: 'disk.utilization', unit: '1', threshold: 100 }, false],
    [{ metric: 'container.cpu.utilization', unit: '1', threshold: 3, at: () => 1.6 }, false],
    [{ metric: 'app.fill', unit: '%', threshold: 120, at: () => 60 }, true],
    [{ metric: 'app.cpu', unit: '%', threshold: 300, at: () => 160 }, false],
    [{ metric: 'app.free', unit: 'By', threshold: -1, at: () => 60 }, true],
  ])('of %j is impossible: %s', (told, isImpossible) => {
    expect(ask(told).isImpossible).toBe(isImpossible);
  });

  test('is needed for what is no share', () => {
    expect(() => ask({ metric: 'queue.length', unit: '1', at: () => 500 })).toThrow(
      /^threshold: queue.length is no share, so say which value of it counts, as a number\.$/,
    );
    expect(() => ask({ metric: 'left', unit: 'By' })).toThrow(/which value of it counts, in By\.$/);
  });

  test('of a resource without a history is told by its name', () => {
    const of = (metric: string) => {
      return questionWithoutHistory(resourceOf({ metric, unit: '1' }), { threshold: 80, horizonMs: hour }).options
        .threshold;
    };
    expect([of('disk.utilization'), of('queue.length')]).toEqual([0.8, 80]);
  });
});

test('what is excluded decides nothing', () => {
  const at = (share: number) => (share > 0.4 && share < 0.5 ? 40 : 0.4);
  const told = { metric: 'saturation', unit: '1', threshold: 80, at };
  expect(ask(told).options.threshold).toBe(80);
  const exclude = [{ fromMs: 0.38 * days * 24 * hour, toMs: 0.52 * days * 24 * hour }];
  expect(ask({ ...told, exclude }).options.threshold).toBe(0.8);
});
