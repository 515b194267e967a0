import { describe, expect, it } from 'vitest';
import { detectHost, type HostDetection, type HostMetric } from '../../../src/analytics/index.ts';
import { OpenManagerError } from '../../../src/core/errors.ts';
import { createRandom } from '../../support/random.ts';

const DAY = 288;
const WEEK = 7 * DAY;

/** Metrics that follow one load, each in a unit of its own and with its own noise. */
function host(seed: number, { metrics = 12, steps = WEEK } = {}): HostMetric[] {
  const random = createRandom(seed);
  let memory = 0;
  const load = Float64Array.from({ length: steps }, (_, i) => {
    memory = 0.9 * memory + 0.4 * random.normal();
    return Math.sin((2 * Math.PI * i) / DAY) + memory;
  });
  return Array.from({ length: metrics }, (_, j) => ({
    id: `metric-${j}`,
    values: load.map((value) => 10 ** ((j % 7) - 3) * (50 + 10 * value + 2 * random.normal())),
  }));
}

/** Turns a metric round its middle, within what 96 % of it are: alone it is ordinary, but it no longer goes with the others. */
function turnRound({ values }: HostMetric, start: number, end: number): void {
  const sorted = values.toSorted();
  const [low = 0, middle = 0, high = 0] = [0.02, 0.5, 0.98].map((share) => sorted[Math.floor(share * sorted.length)]);
  for (let i = start; i < end; i++) values[i] = Math.min(high, Math.max(low, 2 * middle - (values[i] ?? 0)));
}

function overlapping({ anomalies }: HostDetection, start: number, end: number) {
  return anomalies.filter((a) => a.startIndex < end && a.endIndex > start);
}

/** Near its height, where turning round shows. */
const NOON = 3 * DAY + DAY / 4;

describe('detectHost', () => {
  it('leaves a host alone whose metrics go together as they do', () => {
    let intervals = 0;
    for (let seed = 1; seed <= 10; seed++) intervals += detectHost(host(seed), {}).anomalies.length;
    expect(intervals).toBeLessThanOrEqual(2);
  });

  it('finds a metric that no longer goes with the others, within its own usual range, and names it', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const metrics = host(seed);
      const odd = metrics[5];
      if (odd === undefined) throw new Error('there is no metric 5');
      const [lowest, highest] = [Math.min(...odd.values), Math.max(...odd.values)];
      turnRound(odd, NOON - 20, NOON + 20);
      expect(Math.min(...odd.values.subarray(NOON - 20, NOON + 20))).toBeGreaterThan(lowest);
      expect(Math.max(...odd.values.subarray(NOON - 20, NOON + 20))).toBeLessThan(highest);
      const [worst] = detectHost(metrics, {}).anomalies;
      expect(worst?.kind).toBe('relation');
      expect(worst?.contributors[0]?.id).toBe('metric-5');
      expect(worst?.peakIndex).toBeGreaterThanOrEqual(NOON - 25);
      expect(worst?.peakIndex).toBeLessThan(NOON + 25);
    }
  });

  it('says what the others let expect of a metric, in its unit', () => {
    const metrics = host(1);
    const before = metrics[5]?.values[NOON] ?? Number.NaN;
    metrics[5]?.values.fill(0.5 * before, NOON - 5, NOON + 5);
    const [worst] = detectHost(metrics, {}).anomalies;
    const [first] = worst?.contributors ?? [];
    expect(first).toMatchObject({ id: 'metric-5', value: 0.5 * before });
    expect(first?.expected).toBeGreaterThan(0.8 * before);
    expect(first?.expected).toBeLessThan(1.2 * before);
    expect(first?.deviation).toBeLessThan(-5);
    expect(first?.residualShare).toBeGreaterThan(0.5);
  });

  it('tells of a host that is as never before, though its metrics go together', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const metrics = host(seed);
      for (const { values } of metrics) {
        const middle = values.toSorted()[values.length >> 1] ?? 0;
        for (let i = 1000; i < 1012; i++) values[i] = (values[i] ?? 0) + 1.5 * middle;
      }
      const [worst] = overlapping(detectHost(metrics, {}), 1000, 1012);
      expect(worst?.kind).toBe('distance');
    }
  });

  it('passes over missing values, of one metric and of all', () => {
    const metrics = host(2);
    metrics[3]?.values.fill(Number.NaN, 500, 900);
    for (const { values } of metrics) values.fill(Number.NaN, 1200, 1220);
    const { scores, anomalies } = detectHost(metrics, {});
    expect(anomalies).toEqual([]);
    expect(Math.max(...scores.subarray(1205, 1215))).toBe(0);
    turnRound(metrics[5] ?? { id: '', values: new Float64Array(0) }, NOON - 20, NOON + 20);
    expect(detectHost(metrics, {}).anomalies[0]?.contributors[0]?.id).toBe('metric-5');
  });

  it('leaves out what is constant or hardly known, by name', () => {
    const rare = new Float64Array(WEEK).fill(Number.NaN);
    rare.set([1, 2, 3]);
    const metrics = [
      ...host(3),
      { id: 'swap', values: new Float64Array(WEEK).fill(7.1) },
      { id: 'rare', values: rare },
    ];
    expect(detectHost(metrics, {}).leftOut).toEqual([
      { id: 'swap', reason: 'is constant' },
      { id: 'rare', reason: 'has 3 values, fewer than 12' },
    ]);
  });

  it('takes the same metric twice, and tells when the two part', () => {
    const metrics = host(4);
    const twin = { id: 'twin', values: metrics[5]?.values.map((value) => 1000 * value) ?? new Float64Array(WEEK) };
    expect(detectHost([...metrics, twin], {}).anomalies).toEqual([]);
    for (let i = NOON; i < NOON + 10; i++) twin.values[i] = (twin.values[i] ?? 0) * 0.7;
    const [worst] = detectHost([...metrics, twin], {}).anomalies;
    expect(worst?.contributors[0]?.id).toBe('twin');
  });

  it('does not depend on the units of the metrics', () => {
    const metrics = host(5);
    turnRound(metrics[2] ?? { id: '', values: new Float64Array(0) }, NOON - 20, NOON + 20);
    const scaled = metrics.map(({ id, values }, j) => ({ id, values: values.map((value) => value * 2 ** (40 * j)) }));
    expect(detectHost(scaled, {}).scores).toEqual(detectHost(metrics, {}).scores);
  });

  it('finds more when it is more sensitive, with the same scores', () => {
    const metrics = host(6, { metrics: 40 });
    const [dull, keen] = [detectHost(metrics, { sensitivity: 0 }), detectHost(metrics, { sensitivity: 1 })];
    expect(keen.anomalies.length).toBeGreaterThan(dull.anomalies.length);
    expect(keen.scores).toEqual(dull.scores);
  });

  it('leaves alone what bursts, as it often does, though the noise has heavy tails', () => {
    const random = createRandom(9);
    const noise = () => -10 * Math.log(1 - random.uniform());
    const metrics = Array.from({ length: 20 }, (_, j) => ({
      id: `${j}`,
      values: Float64Array.from({ length: 2 * WEEK }, () => (j % 2 === 0 ? noise() : noise() ** 3)),
    }));
    expect(detectHost(metrics, { stepMs: 300_000 }).anomalies.length).toBeLessThanOrEqual(2);
  });

  it('finds a small shift of one of a few metrics by its lasting', () => {
    for (let seed = 11; seed <= 15; seed++) {
      const metrics = host(seed, { metrics: 4 });
      const odd = metrics[2] ?? { id: '', values: new Float64Array(0) };
      const noise = 0.1 * 2;
      for (let i = 900; i < 940; i++) odd.values[i] = (odd.values[i] ?? 0) + 3 * noise;
      const [worst] = overlapping(detectHost(metrics, {}), 900, 940);
      expect(worst?.contributors[0]?.id).toBe('metric-2');
    }
  });

  it('takes the same deviation for rarer where steps are shorter, as a week has more of them', () => {
    const metrics = host(10);
    turnRound(metrics[5] ?? { id: '', values: new Float64Array(0) }, NOON - 20, NOON + 20);
    const peak = (stepMs: number) => Math.max(...detectHost(metrics, { stepMs }).scores);
    expect(peak(15_000)).toBeLessThan(peak(300_000));
    expect(peak(300_000)).toBe(Math.max(...detectHost(metrics, {}).scores));
  });

  it('says that two metrics that move are needed', () => {
    const [one = { id: 'one', values: new Float64Array(WEEK) }] = host(7);
    const { anomalies, warnings } = detectHost([one], {});
    expect(anomalies).toEqual([]);
    expect(warnings.join(' ')).toContain('at least 2');
  });

  it.each([
    ['no list', 7, /^metrics is 7; it must be an array of 1 to 1000 metrics/],
    ['an empty list', [], /^There are 0 metrics/],
    ['an id that is no text', [{ id: 1, values: new Float64Array(3) }], /^A metric has the id 1/],
    ['values that are no array', [{ id: 'a', values: [1] }], /^The values of "a" must be a Float64Array/],
    [
      'lengths that differ',
      [
        { id: 'a', values: new Float64Array(3) },
        { id: 'b', values: new Float64Array(4) },
      ],
      /^The values of "b" are 4, of others 3/,
    ],
    [
      'an id twice',
      [
        { id: 'a', values: new Float64Array(3) },
        { id: 'a', values: new Float64Array(3) },
      ],
      /^Two metrics have the id "a"/,
    ],
  ])('refuses %s and names what is valid', (_, metrics, message) => {
    const ask = () => detectHost(metrics as HostMetric[], {});
    expect(ask).toThrow(OpenManagerError);
    expect(ask).toThrow(message);
  });

  it('refuses an option that there is not', () => {
    const ask = () => detectHost(host(8, { steps: 60 }), { sense: 1 } as object);
    expect(ask).toThrow(/^There is no option "sense"; there are sensitivity, stepMs/);
  });
});
