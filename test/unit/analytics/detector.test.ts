import { describe, expect, test, vi } from 'vitest';
import {
  createDetector,
  createDetectorSlab,
  type Detector,
  type DetectorOptions,
  restoreDetector,
  type Verdict,
} from '../../../src/analytics/index.ts';
import { createRandom } from '../../support/random.ts';

// Millions of samples take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const MINUTE_MS = 60_000;
const STEP_MS = 5 * MINUTE_MS;
const DAY_MS = 86_400_000;
const DAY = DAY_MS / STEP_MS;
/** A Monday, 00:00 UTC. */
const START_MS = Date.UTC(2026, 0, 5);

const noise = (seed: number) => {
  const random = createRandom(seed);
  return (i: number) => 50 + 10 * Math.sin((2 * Math.PI * i) / DAY) + random.normal();
};

interface Run {
  readonly length: number;
  readonly course: (i: number) => number;
  readonly detector?: Detector;
  readonly startMs?: number;
  readonly stepMs?: number;
}

function watch({ length, course, detector = createDetector(), startMs = START_MS, stepMs = STEP_MS }: Run): Verdict[] {
  return Array.from({ length }, (_, i) => detector.push(startMs + i * stepMs, course(i)));
}

const anomaliesOf = (verdicts: readonly Verdict[]) => verdicts.flatMap(({ isAnomaly }, i) => (isAnomaly ? [i] : []));

describe('what is odd', () => {
  const at = 10 * DAY + 100;
  const usual = noise(1);
  const changes: Record<string, (value: number, i: number) => number> = {
    'a spike': (value, i) => (i < at + 2 ? value + 12 : value),
    'a dropout': (value, i) => (i < at + 6 ? 0 : value),
    'a new level': (value) => value + 8,
    'a value that stands still': (value, i) => (i < at + DAY ? 51.3 : value),
    'a peak that does not come': (value, i) => (i < at + DAY ? Math.min(value, 45) : value),
    'values that vary more': (value, i) => (i < at + DAY ? value + 5 * Math.sin(7 * i) : value),
    'a leak': (value, i) => value + Math.min(20, 0.1 * (i - at)),
  };

  for (const [name, change] of Object.entries(changes)) {
    test(`${name} is found, once`, () => {
      const values = Float64Array.from({ length: at + DAY }, (_, i) => (i < at ? usual(i) : change(usual(i), i)));
      const found = anomaliesOf(watch({ length: values.length, course: (i) => values[i] ?? 0 })).filter((i) => i >= at);
      expect(found.length).toBeGreaterThanOrEqual(1);
      expect(found.length).toBeLessThanOrEqual(4);
    });
  }

  test('a usual course is not, over weeks', () => {
    for (let seed = 1; seed <= 5; seed++)
      expect(anomaliesOf(watch({ length: 28 * DAY, course: noise(seed) })).length).toBeLessThanOrEqual(2);
  });

  test('what happens every Monday is told of no more after some weeks', () => {
    const random = createRandom(3);
    const job = (i: number) => (i % (7 * DAY) >= 100 && i % (7 * DAY) < 124 ? 40 : 0) + 10 + random.normal();
    const found = anomaliesOf(watch({ length: 8 * 7 * DAY, course: job }));
    expect(found.filter((i) => i < 2 * 7 * DAY).length).toBeGreaterThan(0);
    expect(found.filter((i) => i >= 5 * 7 * DAY)).toEqual([]);
  });

  test('a second anomaly right after the first is told of when it is larger or on the other side', () => {
    const values = (i: number) => {
      if (i >= at && i < at + 3) return usual(i) + 8;
      if (i >= at + 40 && i < at + 43) return usual(i) + 60;
      return usual(i);
    };
    const found = anomaliesOf(watch({ length: at + 100, course: values })).filter((i) => i >= at);
    expect(found.some((i) => i < at + 5)).toBe(true);
    expect(found.some((i) => i >= at + 40)).toBe(true);
  });

  test('the refractory time is real time, whatever the step', () => {
    for (const stepMs of [10_000, STEP_MS]) {
      const random = createRandom(7);
      const spikes = [(2 * DAY_MS) / stepMs, (2 * DAY_MS + 3 * 3_600_000) / stepMs];
      const values = (i: number) => 10 + random.normal() + (spikes.includes(i) ? 15 : 0);
      const verdicts = watch({ length: (spikes[1] ?? 0) + 10, course: values, stepMs });
      expect(verdicts[spikes[0] ?? 0]?.isAnomaly).toBe(true);
      expect(verdicts[spikes[1] ?? 0]?.isAnomaly).toBe(false);
      expect(verdicts[spikes[1] ?? 0]?.rawScore).toBeGreaterThan(0.2);
    }
  });

  test('sensitivity decides what counts, not how odd it is', () => {
    const values = (i: number) => usual(i) + (i === at ? 8 : 0);
    const [low, high] = [0, 1].map((sensitivity) =>
      watch({ length: at + 1, course: values, detector: createDetector({ sensitivity }) }),
    );
    expect(anomaliesOf(high ?? []).length).toBeGreaterThan(anomaliesOf(low ?? []).length);
  });
});

describe('expectation', () => {
  test('holds nearly all values of a usual course in its band, in the unit of the metric', () => {
    const random = createRandom(5);
    const scale = 1e9;
    const values = Float64Array.from({ length: 14 * DAY }, (_, i) => scale * (noise(9)(i) + 0.5 * random.normal()));
    const verdicts = watch({ length: values.length, course: (i) => values[i] ?? 0 });
    const late = verdicts.slice(7 * DAY);
    const inside = late.filter(({ lower, upper }, i) => {
      const value = values[7 * DAY + i] ?? 0;
      return value >= lower && value <= upper;
    });
    expect(inside.length / late.length).toBeGreaterThan(0.98);
    const width = late.reduce((sum, { lower, upper }) => sum + upper - lower, 0) / late.length;
    expect(width).toBeLessThan(12 * scale);
  });

  test('follows the hours of a zone when its clocks change', () => {
    const timeZone = 'Europe/Berlin';
    const hours = new Intl.DateTimeFormat('en-US', { timeZone, hour: 'numeric', hourCycle: 'h23' });
    const startMs = Date.UTC(2026, 2, 9);
    const random = createRandom(4);
    const level = (i: number) => {
      const hour = Number(hours.format(startMs + i * 15 * MINUTE_MS));
      return hour >= 8 && hour < 18 ? 80 : 20;
    };
    const office = (i: number) => level(i) + random.normal();
    const change = Math.round((Date.UTC(2026, 2, 29, 1) - startMs) / (15 * MINUTE_MS));
    const run = (o: DetectorOptions) =>
      watch({ length: change + 3 * 96, course: office, detector: createDetector(o), startMs, stepMs: 15 * MINUTE_MS });
    const errorAfter = (verdicts: readonly Verdict[]) =>
      verdicts.slice(change).reduce((sum, { expected }, i) => sum + Math.abs(expected - level(change + i)), 0);
    expect(anomaliesOf(run({ timeZone })).filter((i) => i >= change)).toEqual([]);
    expect(errorAfter(run({ timeZone }))).toBeLessThan(0.6 * errorAfter(run({ timeZone: 'UTC' })));
  });
});

describe('what is not odd', () => {
  test('a gap, and what comes after it', () => {
    const detector = createDetector();
    const usual = noise(2);
    watch({ length: 10 * DAY, course: usual, detector });
    const after = watch({
      length: 2 * DAY,
      course: (i) => usual(i + 12 * DAY),
      detector,
      startMs: START_MS + 12 * DAY_MS,
    });
    expect(anomaliesOf(after)).toEqual([]);
  });

  test('a counter that begins anew', () => {
    const random = createRandom(6);
    let total = 1e6;
    const counter = (i: number) => {
      total = i === 9 * DAY ? 12 : total + 1000 + 30 * Math.abs(random.normal());
      return total;
    };
    const found = anomaliesOf(watch({ length: 10 * DAY, course: counter }));
    expect(found.filter((i) => i >= 9 * DAY)).toEqual([]);
  });

  test('missing values, a clock that goes back, and the same time twice', () => {
    const detector = createDetector();
    const usual = noise(8);
    watch({ length: 3 * DAY, course: usual, detector });
    const before = detector.snapshot();
    const endMs = START_MS + 3 * DAY_MS;
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY])
      expect(detector.push(endMs, value).isAnomaly).toBe(false);
    expect(detector.push(endMs - STEP_MS, 1e9)).toMatchObject({ score: 0, isAnomaly: false });
    expect(detector.push(endMs - DAY_MS, 1e9)).toMatchObject({ score: 0, isAnomaly: false });
    detector.push(endMs, 52);
    const other = restoreDetector(before);
    other.push(endMs, 52);
    expect(detector.snapshot()).toEqual(other.snapshot());
  });

  test('a clock that was far ahead for a while does not end the watch', () => {
    const detector = createDetector();
    const usual = noise(8);
    watch({ length: 3 * DAY, course: usual, detector });
    detector.push(START_MS + 4000 * DAY_MS, 50);
    const verdicts = watch({
      length: 3 * DAY,
      course: (i) => usual(i) + (i === 2 * DAY ? 60 : 0),
      detector,
      startMs: START_MS + 3 * DAY_MS,
    });
    expect(anomaliesOf(verdicts)).toContain(2 * DAY);
  });

  test('a million equal values, of any magnitude; one that differs then is', () => {
    for (const [value, times] of [
      [0, 1_000_000],
      [5e-300, 10_000],
      [-3, 10_000],
      [1e300, 10_000],
    ] as const) {
      const slab = createDetectorSlab();
      const slot = slab.add();
      for (let i = 0; i < times; i++) slab.push(slot, i * 1000, value);
      expect(slab.push(slot, times * 1000, value)).toMatchObject({ isAnomaly: false, expected: value });
      expect(slab.push(slot, (times + 1) * 1000, value === 0 ? 1 : value * 2).isAnomaly).toBe(true);
    }
  });
});

describe('state', () => {
  test('a restored detector goes on bit for bit as the one before', () => {
    const usual = noise(11);
    const first = createDetector({ timeZone: 'Asia/Kolkata', sensitivity: 0.8 });
    watch({ length: 5 * DAY, course: usual, detector: first });
    const second = restoreDetector(first.snapshot());
    const startMs = START_MS + 5 * DAY_MS;
    const rest = Float64Array.from({ length: 2 * DAY }, (_, i) => usual(i) + (i === 300 ? 50 : 0));
    const [one, two] = [first, second].map((detector) =>
      watch({ length: rest.length, course: (i) => rest[i] ?? 0, detector, startMs }),
    );
    expect(two).toEqual(one);
    expect(second.snapshot()).toEqual(first.snapshot());
    expect(anomaliesOf(one ?? []).length).toBeGreaterThan(0);
  });

  test('a slab gives each metric what a detector of its own would say', () => {
    const slab = createDetectorSlab();
    const courses = Array.from({ length: 600 }, (_, seed) => noise(seed));
    const slots = courses.map(() => slab.add());
    slab.remove(slots[5] ?? 0);
    slots[5] = slab.add();
    const alone = createDetector();
    for (let i = 0; i < 200; i++) {
      courses.forEach((course, k) => {
        const value = course(i);
        const said = { ...slab.push(slots[k] ?? 0, START_MS + i * STEP_MS, value) };
        if (k === 5) expect(said).toEqual(alone.push(START_MS + i * STEP_MS, value));
      });
    }
    expect(slab.size).toBe(600);
    expect(slab.byteLength / slab.size).toBeLessThan(4096);
    expect(new Set(slots).size).toBe(600);
  });
});

describe('bad input', () => {
  test('is named', () => {
    const detector = createDetector();
    expect(() => detector.push(Number.NaN, 1)).toThrow(/timestampMs is NaN; it must be milliseconds/);
    expect(() => detector.push(9e15, 1)).toThrow(/timestampMs/);
    expect(() => createDetector({ timeZone: 'Mars/Olympus' })).toThrow(/timeZone .*IANA/);
    expect(() => createDetector({ stepMs: 0 })).toThrow(/stepMs/);
    expect(() => createDetector({ sensitivity: 2 })).toThrow(/sensitivity/);
    expect(() => createDetector({ window: 3 } as DetectorOptions)).toThrow(/no option "window"/);
    const slab = createDetectorSlab();
    expect(() => slab.push(0, 0, 1)).toThrow(/slot is not in use/);
    const slot = slab.add();
    slab.remove(slot);
    expect(() => slab.snapshot(slot)).toThrow(/slot is not in use/);
    expect(() => slab.remove(slot)).toThrow(/slot is not in use/);
  });

  test('bytes that are no snapshot are refused', () => {
    const snapshot = createDetector().snapshot();
    for (const bytes of [new Uint8Array(), new Uint8Array(1), snapshot.subarray(0, 100), new Uint8Array(3000)])
      expect(() => restoreDetector(bytes)).toThrow(/snapshot/);
    expect(() => createDetectorSlab().restore(snapshot)).toThrow(/no snapshot/);
  });

  test('any numbers leave finite scores in 0..1', () => {
    const random = createRandom(12);
    const extremes = [0, -0, 1e300, -1e300, 5e-324, 1, -1, 1e15, Number.NaN, Number.NEGATIVE_INFINITY];
    const detector = createDetector();
    let timeMs = START_MS;
    for (let i = 0; i < 20_000; i++) {
      timeMs += random.uniform() < 0.01 ? -1e6 : Math.floor(random.uniform() * 1e6);
      const { score, rawScore } = detector.push(timeMs, extremes[Math.floor(random.uniform() * extremes.length)] ?? 0);
      if (!(score >= 0 && score <= 1 && rawScore >= 0 && rawScore <= 1)) expect({ i, score, rawScore }).toEqual({});
    }
    expect(detector.snapshot().length).toBe(createDetector().snapshot().length);
  });
});
