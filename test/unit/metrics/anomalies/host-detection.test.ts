import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { createDetectorSlab, type DetectorSlab, type Verdict } from '../../../../src/analytics/index.ts';
import type { Descriptor } from '../../../../src/core/series.ts';
import type { Episode } from '../../../../src/metrics/anomalies/episode.ts';
import { createHostDetection } from '../../../../src/metrics/anomalies/host-detection.ts';
import { createScorer } from '../../../../src/metrics/anomalies/scorer.ts';
import { createTracker, type EpisodeChange } from '../../../../src/metrics/anomalies/tracker.ts';
import { createTurns } from '../../../../src/metrics/anomalies/turns.ts';

const stepMs = 5_000;
const dayMs = 86_400_000;
const startMs = 20_000 * dayMs;

const describeAll = (...names: string[]): readonly Descriptor[] =>
  names.map((metric) => ({ metric, labels: {}, unit: '1' }));

describe('the scorer', () => {
  /** Which series got which values, by name. */
  function setUp(maxSeries?: number) {
    const seen: [string, number, number][] = [];
    const forgotten: string[] = [];
    const slab = createDetectorSlab();
    const scorer = createScorer(slab, {
      onVerdict: ({ descriptor }, timeMs, value) => seen.push([descriptor.metric, timeMs - startMs, value]),
      onForgotten: ({ descriptor }) => forgotten.push(descriptor.metric),
      ...(maxSeries !== undefined && { maxSeries }),
    });
    const score = (atMs: number, descriptors: readonly Descriptor[], ...values: number[]) => {
      const reading = { host: 'h', timestampMs: startMs + atMs, descriptors, values: Float64Array.from(values) };
      scorer.score(reading, 0, values.length);
      return seen.splice(0);
    };
    return { slab, scorer, score, forgotten };
  }

  test('knows a series in whatever layout and place it comes, and takes no value twice', () => {
    const { slab, score } = setUp();
    expect(score(0, describeAll('a', 'b'), 1, 2)).toEqual([
      ['a', 0, 1],
      ['b', 0, 2],
    ]);
    expect(score(1, describeAll('c', 'b'), 3, 4)).toEqual([
      ['c', 1, 3],
      ['b', 1, 4],
    ]);
    expect(score(1, describeAll('b', 'b'), 5, 6)).toEqual([]);
    expect(score(2, describeAll('b', 'b'), 5, 6)).toEqual([['b', 2, 5]]);
    expect(slab.size).toBe(3);
  });

  test('leaves out what could not be read and what does nothing but grow', () => {
    const { slab, score } = setUp();
    const values = [7, Number.NaN, Number.POSITIVE_INFINITY];
    expect(score(0, describeAll('system.uptime', 'a', 'b'), ...values)).toEqual([]);
    expect(slab.size).toBe(0);
  });

  test('forgets a series that was silent for a week, and takes it for a new one when it comes back', () => {
    const { slab, scorer, score, forgotten } = setUp();
    const [both, one] = [describeAll('a', 'b'), describeAll('b')];
    score(0, both, 1, 1);
    score(7 * dayMs, both, 1, Number.NaN);
    expect(forgotten).toEqual([]);
    score(7 * dayMs + 1, both, 1, 2);
    expect(forgotten).toEqual(['b']);
    expect(slab.size).toBe(2);
    score(15 * dayMs, one, 3);
    scorer.forgetSilent();
    expect(forgotten).toEqual(['b', 'b', 'a']);
    expect(slab.size).toBe(1);
    expect(score(15 * dayMs + 1, both, 4, 5)).toHaveLength(2);
  });

  test('watches so many series and no more, until one is forgotten', () => {
    const { slab, scorer, score } = setUp(2);
    const three = describeAll('a', 'b', 'c');
    expect(score(0, three, 1, 2, 3)).toHaveLength(2);
    expect(score(8 * dayMs, three, Number.NaN, 2, 3)).toEqual([['b', 8 * dayMs, 2]]);
    scorer.forgetSilent();
    expect(score(8 * dayMs + 1, three, Number.NaN, 2, 3)).toHaveLength(2);
    expect(slab.size).toBe(2);
  });
});

describe('an anomaly', () => {
  const odd = (score: number, rawScore = score): Verdict => ({
    ...{ score, rawScore, expected: 1, lower: 0, upper: 2 },
    isAnomaly: score >= 0.5,
  });
  const calm = odd(0.1);

  function setUp(step = stepMs) {
    const changes: [EpisodeChange, number][] = [];
    const episodes = new Set<Episode>();
    let timeMs = startMs;
    const tracker = createTracker((episode, change) => {
      episodes.add(episode);
      changes.push([change, (timeMs - startMs) / step]);
    });
    const [descriptor] = describeAll('a') as [Descriptor];
    const never = Number.NEGATIVE_INFINITY;
    const series = { descriptor, slot: 0, seenMs: never, stepMs: step, doneMs: never, episode: null };
    const see = (verdict: Verdict, count = 1) => {
      for (let i = 0; i < count; i += 1) {
        tracker.see(series, timeMs, 10 * verdict.rawScore, verdict);
        series.seenMs = timeMs;
        timeMs += step;
      }
    };
    return { changes, episodes: () => [...episodes], series, see, tracker };
  }

  test('begins with the first odd sample, and ends with the first calm one, once all have been for a minute', () => {
    const { changes, episodes, see } = setUp();
    see(calm, 3);
    see(odd(0.6));
    see(calm, 12);
    expect(changes).toEqual([['started', 3]]);
    see(calm);
    expect(changes).toEqual([
      ['started', 3],
      ['ended', 16],
    ]);
    expect(episodes()[0]).toMatchObject({ startMs: startMs + 3 * stepMs, endMs: startMs + 4 * stepMs });
  });

  test('of a slow series ends after three steps', () => {
    const { changes, see } = setUp(60_000);
    see(odd(0.6));
    see(calm, 4);
    expect(changes).toEqual([
      ['started', 0],
      ['ended', 4],
    ]);
  });

  test('goes on by the raw score, as the other is low after an alarm, and over shorter pauses', () => {
    const { changes, episodes, see } = setUp();
    see(odd(0.6));
    see(odd(0.1, 0.6), 30);
    see(calm, 12);
    see(odd(0.1, 0.55));
    see(calm, 20);
    expect(changes.map(([change]) => change)).toEqual(['started', 'ended']);
    expect(episodes()[0]).toMatchObject({ endMs: startMs + 44 * stepMs, lastMs: startMs + 43 * stepMs });
  });

  test('tells its worst sample', () => {
    const { changes, episodes, see } = setUp();
    for (const score of [0.6, 0.9, 0.7]) see(odd(score));
    expect(changes.map(([change]) => change)).toEqual(['started', 'worse']);
    expect(episodes()[0]?.peak).toEqual({
      ...{ timeMs: startMs + stepMs, value: 9, score: 0.9 },
      ...{ expected: 1, lower: 0, upper: 2 },
    });
  });

  test('of a series that has gone silent ends with its last odd sample', () => {
    const { changes, episodes, see, tracker } = setUp();
    see(odd(0.6), 3);
    tracker.endSilent(startMs + 2 * stepMs + 300_000);
    expect(changes).toHaveLength(1);
    tracker.endSilent(startMs + 2 * stepMs + 300_001);
    expect(changes).toHaveLength(2);
    expect(episodes()[0]?.endMs).toBe(startMs + 2 * stepMs);
    expect(tracker.open()).toEqual([]);
  });

  test('belongs to the group of the last one within two minutes, for ten minutes', () => {
    const { episodes, see } = setUp(60_000);
    // Of a minute's steps three are together: each begins four after the last one, or three.
    for (let i = 0; i < 6; i += 1) {
      see(odd(0.6));
      see(calm, 4);
    }
    expect(new Set(episodes().map(({ group }) => group)).size).toBe(6);
    const near = createTracker((episode, change) => change === 'started' && starts.push(episode));
    const starts: Episode[] = [];
    for (let i = 0; i < 14; i += 1) {
      const [descriptor] = describeAll(`m${i}`) as [Descriptor];
      const never = Number.NEGATIVE_INFINITY;
      const series = { descriptor, slot: i, seenMs: never, stepMs, doneMs: never, episode: null };
      near.see(series, startMs + i * 60_000, 1, odd(0.6));
    }
    const sizes = [...Map.groupBy(starts, ({ group }) => group).values()].map(({ length }) => length);
    expect(sizes).toEqual([11, 3]);
  });
});

describe('the detection of a host', () => {
  test('lets others have their turn within a long reading, and knows the same as without', async () => {
    const names = Array.from({ length: 1_000 }, (_, i) => `m${i}`);
    const descriptors = describeAll(...names);
    const run = async (atOnce: number) => {
      const detection = createHostDetection(() => {});
      let turns = 0;
      let isDone = false;
      const others = (async () => {
        for (; !isDone; turns += 1) await setImmediate();
      })();
      for (let i = 0; i < 5; i += 1) {
        const values = Float64Array.from(names, (_, series) => series + i);
        await detection.score(
          { host: 'h', timestampMs: startMs + i * stepMs, descriptors, values },
          createTurns(atOnce),
        );
      }
      isDone = true;
      await others;
      return { turns, states: statesOf(detection.slab, detection.scorer.series()) };
    };
    const [whole, sliced] = [await run(100_000), await run(100)];
    expect(sliced.turns).toBeGreaterThan(40);
    expect(whole.turns).toBeLessThan(10);
    expect(sliced.states).toEqual(whole.states);
  });

  test('waits for a clock that went back a little, and goes on from where one was set back far', async () => {
    const detection = createHostDetection(() => {});
    const descriptors = describeAll('a');
    const score = async (atMs: number) => {
      const reading = { host: 'h', timestampMs: startMs + atMs, descriptors, values: Float64Array.of(1) };
      await detection.score(reading, createTurns(100));
      return [...detection.scorer.series()][0]?.seenMs;
    };
    expect(await score(3_600_000)).toBe(startMs + 3_600_000);
    expect(await score(3_000_000)).toBe(startMs + 3_600_000);
    expect(await score(0)).toBe(startMs);
    expect(await score(5_000)).toBe(startMs + 5_000);
  });
});

function statesOf(slab: DetectorSlab, series: Iterable<{ readonly slot: number }>) {
  return [...series].map(({ slot }) => [...slab.snapshot(slot)]);
}
