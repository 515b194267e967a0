import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ChangedSeries, type CompareOptions, compareWindows, rankChanges } from '../../../src/analytics/index.ts';
import { OpenManagerError } from '../../../src/core/errors.ts';
import { createRandom, type Random } from '../../support/random.ts';

const incidentAt = 240;
const steps = 60;
const seeds = Array.from({ length: 30 }, (_, i) => i + 1);

type Noise = (random: Random) => () => number;
const white: Noise = (random) => () => random.normal();
const autoregressive =
  (memory: number): Noise =>
  (random) => {
    let value = 0;
    return () => {
      value = memory * value + random.normal();
      return value;
    };
  };

/** Baseline and incident, in which `change` is done to the noise from step `onset` of the incident on. */
function series(seed: number, change: (value: number, since: number) => number, { onset = 0, noise = white } = {}) {
  const next = noise(createRandom(seed));
  return Float64Array.from({ length: incidentAt + steps }, (_, i) => {
    const since = i - incidentAt - onset;
    return since < 0 ? 50 + next() : change(50 + next(), since);
  });
}
const same = (value: number) => value;
const raised = (by: number) => (value: number) => value + by;

const compare = (values: Float64Array, o: Partial<CompareOptions> = {}) => compareWindows(values, { incidentAt, ...o });

describe('a series in an incident beside its baseline', () => {
  test('that has another level is told with both, how far that is, how sure, and since when', () => {
    for (const seed of seeds) {
      const change = compare(series(seed, raised(20), { onset: 10 }));
      expect(change.kind).toBe('up');
      expect(Math.abs(change.before - 50)).toBeLessThan(1);
      expect(Math.abs(change.during - 70)).toBeLessThan(1);
      expect(change.shift).toBeGreaterThan(12);
      expect(change.test.statistic).toBeGreaterThan(0.8);
      expect(change.test.pValue).toBeLessThan(1e-9);
      expect(change.unusual).toBeGreaterThan(8);
      expect(change.onset, `seed ${seed}`).toBe(incidentAt + 10);
    }
  });

  test.each([
    ['down', raised(-10)],
    ['bursts', (value: number, since: number) => (since % 20 < 4 ? value + 30 : value)],
    ['dips', (value: number, since: number) => (since % 20 < 4 ? value - 30 : value)],
    ['rougher', (value: number, since: number) => value + (since % 2 === 0 ? 12 : -12)],
    ['stopped', () => 50],
    ['vanished', () => Number.NaN],
  ])('is told to be %s', (kind, change) => {
    for (const seed of seeds) expect(compare(series(seed, change)).kind, `seed ${seed}`).toBe(kind);
  });

  test('that was not there before has appeared with its first value', () => {
    const values = series(1, raised(20)).map((value, i) => (i < incidentAt + 7 ? Number.NaN : value));
    expect(compare(values)).toMatchObject({ kind: 'appeared', onset: incidentAt + 7, strength: 1 });
    expect(compare(values).before).toBeNaN();
  });

  test('that climbs has begun to when it left what it was', () => {
    for (const seed of seeds) {
      const { kind, onset } = compare(series(seed, (value, since) => value + since, { onset: 6 }));
      expect(kind).toBe('up');
      expect(Math.abs((onset ?? 0) - incidentAt - 6), `seed ${seed}`).toBeLessThanOrEqual(6);
    }
  });

  test('that began before the incident as it was named is told so', () => {
    const { onset } = compare(series(3, raised(20), { onset: -12 }));
    expect(onset).toBe(incidentAt - 12);
  });

  test('that is seldom measured is compared by what there is', () => {
    const seldom = series(4, raised(20)).map((value, i) => (i % 20 === 0 ? value : Number.NaN));
    expect(compare(seldom)).toMatchObject({ kind: 'up', onset: incidentAt });
    const gone = seldom.map((value, i) => (i < incidentAt ? value : Number.NaN));
    expect(compare(gone.subarray(0, incidentAt + 30)).kind).toBeNull();
  });

  test('of which there is nothing, or too little, is told nothing', () => {
    for (const values of [new Float64Array(300).fill(Number.NaN), new Float64Array(300).fill(Number.NaN).fill(1, 0, 2)])
      expect(compare(values)).toMatchObject({ kind: null, strength: 0, onset: null });
  });

  test('matters less the smaller the change is beside its level, its scale or what is notable', () => {
    const strength = (by: number, o: Partial<CompareOptions> = {}) => compare(series(5, raised(by)), o).strength;
    expect(strength(10)).toBeLessThan(strength(40));
    expect(strength(10, { scale: 10_000 })).toBeLessThan(0.1);
    expect(strength(10, { scale: 40 })).toBeGreaterThan(0.6);
    expect(strength(40, { notable: 4_000 })).toBeLessThan(strength(40) / 3);
  });

  test('is the same in any unit', () => {
    const values = series(6, raised(20));
    const { before, ...one } = compare(values);
    for (const unit of [1e-300, 1e-12, 1e290]) {
      const { before: other, ...scaled } = compare(values.map((value) => value * unit));
      expect(other / unit).toBeCloseTo(before, 6);
      expect(scaled).toMatchObject({ kind: one.kind, onset: one.onset });
      expect(scaled.unusual).toBeCloseTo(one.unusual, 4);
    }
  });

  test('has finite figures, whatever the values', () => {
    const value = fc.oneof(fc.double(), fc.constantFrom(0, 1, Number.NaN, Number.POSITIVE_INFINITY, 1e308, -1e308));
    fc.assert(
      fc.property(fc.array(value, { minLength: 2, maxLength: 80 }), fc.nat(), (all, at) => {
        const values = Float64Array.from(all);
        const begins = 1 + (at % (values.length - 1));
        const change = compareWindows(values, { incidentAt: begins, reference: values.toReversed() });
        const { test: distributions, together } = change;
        const figures = [change.shift, change.unusual, change.strength, distributions.statistic, distributions.pValue];
        for (const figure of [...figures, together?.correlation, together?.lag])
          expect(figure).toSatisfy(Number.isFinite);
        expect(change.strength).toBeGreaterThanOrEqual(0);
        expect(change.strength).toBeLessThanOrEqual(1);
        if (change.onset === null) expect(change.unusual).toBeLessThan(1);
        else expect(change.onset).toSatisfy((onset: number) => onset >= 0 && onset < values.length);
      }),
    );
  });
});

describe('what a series does at the same time of other days', () => {
  const days = (change: (value: number, since: number) => number) =>
    [21, 22, 23, 24, 25].map((seed) => series(seed, change));

  test('is nothing unusual', () => {
    const nightly = series(20, raised(20));
    expect(compare(nightly).unusual).toBeGreaterThan(4);
    expect(compare(nightly, { earlier: days(raised(20)) }).unusual).toBeLessThan(2);
    expect(compare(nightly, { earlier: days(same) }).unusual).toBeGreaterThan(4);
  });

  test('is missed where it does not happen, and not made usual by one day of five', () => {
    expect(compare(series(20, same), { earlier: days(raised(20)) })).toMatchObject({ kind: 'down' });
    expect(compare(series(20, same), { earlier: days(raised(20)) }).unusual).toBeGreaterThan(4);
    const once = days(same).with(2, series(23, raised(20)));
    expect(compare(series(20, raised(20)), { earlier: once }).unusual).toBeGreaterThan(4);
  });

  test('tells nothing when there are fewer than three', () => {
    const nightly = series(20, raised(20));
    expect(compare(nightly, { earlier: days(raised(20)).slice(0, 2) })).toEqual(compare(nightly));
  });
});

describe('two series', () => {
  const reference = series(11, raised(20), { onset: 20 });
  test.each([-15, 0, 15])('that change %i steps apart are correlated at that lag', (lag) => {
    const { together } = compare(series(12, raised(300), { onset: 20 + lag }), { reference });
    expect(together?.lag).toBe(lag);
    expect(together?.correlation).toBeGreaterThan(0.9);
  });

  test('of which one falls as the other rises are correlated negatively', () => {
    expect(compare(series(12, raised(-30), { onset: 20 }), { reference }).together?.correlation).toBeLessThan(-0.9);
  });

  test('that have nothing in common are hardly correlated', () => {
    expect(Math.abs(compare(series(12, same), { reference }).together?.correlation ?? 1)).toBeLessThan(0.3);
  });
});

/** A host's series by id, each its own group unless named `group/id`. */
function host(all: Readonly<Record<string, Float64Array>>, o: Partial<CompareOptions> = {}): ChangedSeries[] {
  return Object.entries(all).map(([id, values]) => ({
    id,
    group: id.split('/')[0] ?? id,
    change: compare(values, o),
  }));
}
const noisy = (count: number, noise: Noise = white, firstSeed = 100) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`quiet${i}`, series(firstSeed + i, same, { noise })] as const),
  );
const groups = (series: readonly ChangedSeries[], metric?: string) =>
  rankChanges(series, { steps, metric }).candidates.map(({ group }) => group);

describe('a ranking', () => {
  test('has the series that changed and none of the others', () => {
    const ranking = rankChanges(host({ ...noisy(50), odd: series(1, raised(30)) }), { steps });
    expect(ranking).toMatchObject({ compared: 51, changed: 1 });
    expect(ranking.candidates).toMatchObject([{ group: 'odd', lag: 0, onset: incidentAt }]);
  });

  test('says that nothing stands out where nothing does, whatever the noise is like', () => {
    for (const noise of [white, autoregressive(0.7), autoregressive(0.95)]) {
      const found = seeds.slice(0, 5).flatMap((seed) => groups(host(noisy(40, noise, seed * 1000))));
      expect(found.length).toBeLessThanOrEqual(2);
    }
  });

  test('leaves out what comes and goes in the baseline, too', () => {
    const job = series(2, same).map((value, i) => (i % 50 < 10 ? value + 30 : value));
    const odd = series(1, raised(30));
    expect(groups(host({ job, odd }))).toEqual(['odd']);
  });

  test('has what changed first before what changed after it, and what changed more before what changed with it', () => {
    const cascade = {
      effect: series(1, raised(60), { onset: 30 }),
      cause: series(2, raised(60), { onset: 2 }),
      minor: series(3, raised(5), { onset: 3 }),
    };
    const { candidates } = rankChanges(host(cascade), { steps });
    expect(candidates.map(({ group, lag }) => [group, lag])).toEqual([
      ['cause', 0],
      ['effect', 28],
      ['minor', 1],
    ]);
  });

  test('shows what changed in one group as one candidate, its strongest member first', () => {
    const { candidates } = rankChanges(
      host({
        'cpu/load': series(1, raised(15)),
        'cpu/busy': series(2, raised(45)),
        'disk/io': series(3, raised(30)),
        'disk/calm': series(4, same),
      }),
      { steps },
    );
    expect(candidates.map(({ group, members }) => [group, members.map(({ id }) => id)])).toEqual([
      ['cpu', ['cpu/busy', 'cpu/load']],
      ['disk', ['disk/io']],
    ]);
  });

  test('by a metric has what moved with it, and not the metric itself', () => {
    const asked = series(1, (value, since) => value + 30 * Math.sin(since / 4), { onset: 10 });
    const all = {
      asked,
      mirror: series(2, (value, since) => value - 30 * Math.sin(since / 4), { onset: 10 }),
      unrelated: series(3, (value, since) => value + 30 * Math.sign(Math.sin(since * since)), { onset: 10 }),
    };
    const [first, ...others] = rankChanges(host(all, { reference: asked }), { steps, metric: 'asked' }).candidates;
    expect(first).toMatchObject({ group: 'mirror' });
    expect(first?.members[0]?.change.together?.correlation).toBeLessThan(-0.9);
    for (const { score } of others) expect(score).toBeLessThan((first?.score ?? 0) / 2);
  });

  test('counts p for all that were compared', () => {
    const odd = series(1, raised(30));
    const p = (all: ChangedSeries[]) =>
      rankChanges(all, { steps }).candidates.find(({ group }) => group === 'odd')?.members[0]?.pValue ?? Number.NaN;
    const alone = p(host({ odd }));
    expect(alone).toBe(compare(odd).test.pValue);
    // The least of a hundred counts a hundred times.
    expect(p(host({ ...noisy(99), odd })) / alone).toBeCloseTo(100, 6);
  });

  test('of nothing has nothing', () => {
    expect(rankChanges([], { steps })).toEqual({ candidates: [], compared: 0, changed: 0 });
    const unknown = host({ nothing: new Float64Array(incidentAt + steps).fill(Number.NaN) });
    expect(rankChanges(unknown, { steps })).toEqual({ candidates: [], compared: 0, changed: 0 });
  });

  test.each([
    [{}, 'steps is undefined; it must be a whole number from 1 to 200000.'],
    [{ steps, resolution: -1 }, 'resolution is -1; it must be a whole number from 0 to 200000.'],
    [{ steps, metric: 5 }, 'metric is 5; it must be a text.'],
    [{ steps, top: 3 }, 'There is no option "top"; there are metric, steps, resolution.'],
  ])('refuses %j', (options, message) => {
    const ask = () => rankChanges([], options as { steps: number });
    expect(ask).toThrow(OpenManagerError);
    expect(ask).toThrow(message);
  });
});
