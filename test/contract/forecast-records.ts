import { describe, expect, test, vi } from 'vitest';
import type { Forecast } from '../../src/analytics/index.ts';
import { silentLogger } from '../../src/core/log.ts';
import { checkForecasts } from '../../src/metrics/check-forecasts.ts';
import { deleteOldForecasts, readTrack, takeTracksToForecast } from '../../src/metrics/forecast-check-store.ts';
import { createForecastRecords, type GivenForecast } from '../../src/metrics/forecast-records.ts';
import { type ForecastTrack, trackKey } from '../../src/metrics/forecast-track.ts';
import { createMetricStore } from '../../src/metrics/metric-store.ts';
import type { NewPlace, Place } from './place.ts';

const minuteMs = 60_000;
const dayMs = 1_440 * minuteMs;
const startMs = 20_000 * dayMs;
const horizon = 4;
const level = 0.9;
const never = new AbortController().signal;
const track: ForecastTrack = {
  host: 'web-1',
  metric: 'load',
  labels: { core: '1' },
  unit: '1',
  stepMs: minuteMs,
  horizon,
};

/** Four steps from `atMs`, by `other`, which says 3 and 2 to 4, and by the baseline, which repeats the 2 of the history. */
function forecastAt(atMs: number, change: Partial<GivenForecast> = {}): GivenForecast {
  const line = (value: number) => new Float64Array(horizon).fill(value);
  const forecast = {
    model: 'other',
    mean: line(3),
    intervals: [{ level, lower: line(2), upper: line(4) }],
    contenders: [
      { model: 'naive', mean: line(2), mase: 1 },
      { model: 'other', mean: line(3), mase: 1 },
    ],
  } as unknown as Forecast;
  const values = Float64Array.of(1, 2, 1, 2);
  const history = { startMs: atMs - 4 * minuteMs, stepMs: minuteMs, values };
  return { track, issuedMs: atMs + 1_000, level, history, forecast, ...change };
}

/** What must hold, on every database, of forecasts that are checked when the truth has come. */
export function forecastRecordsContract(name: string, newPlace: NewPlace): void {
  describe(name, () => {
    async function setUp(at?: Place) {
      const database = await (at ?? (await newPlace()))();
      const store = createMetricStore(database);
      const clock = { nowMs: startMs, now: () => clock.nowMs, monotonic: () => clock.nowMs };
      const records = createForecastRecords(database, { log: silentLogger });
      const owner = database.ownership('maintain');
      await owner.tryAcquire();
      const log = silentLogger;
      return {
        database,
        records,
        owner,
        find: () => records.find(track, level),
        /** One value a minute, NaN = none. */
        async arrive(fromMs: number, values: readonly number[]) {
          const { host, metric, labels, unit } = track;
          const found = values.flatMap((value, i) => (Number.isNaN(value) ? [] : [[fromMs + i * minuteMs, value]]));
          await store.append(
            found.map(([timestampMs = 0, value = 0]) => {
              const descriptors = [{ metric, labels, unit }];
              return { host, timestampMs, descriptors, values: Float64Array.of(value) };
            }),
          );
        },
        async give(...given: readonly GivenForecast[]) {
          for (const one of given) records.add(one);
          await records[Symbol.asyncDispose]();
        },
        async check(nowMs: number) {
          clock.nowMs = nowMs;
          return checkForecasts({ database, store, clock, log }, owner, never);
        },
      };
    }

    test('tells how it turned out, once all of its time has passed', async () => {
      const { find, arrive, give, check } = await setUp();
      await give(forecastAt(startMs));
      await arrive(startMs, [2, 3, 4]);
      expect(await check(startMs + 4 * minuteMs)).toBe(0);
      expect(await find()).toBeNull();
      await arrive(startMs + 3 * minuteMs, [5]);
      expect(await check(startMs + 5 * minuteMs)).toBe(1);
      // Errors of 3: 1 0 1 2, of 2: 0 1 2 3; a step of the history is 1 on average; 2, 3 and 4 lie from 2 to 4.
      const coverage = { level, actual: 0.75, checked: 1 };
      expect(await find()).toEqual({ checked: 1, mase: 1, baselineMase: 1.5, coverage, preference: null });
      expect(await check(startMs + dayMs)).toBe(0);
    });

    test('keeps the losses of every method for the choice among them', async () => {
      const { database, arrive, give, check } = await setUp();
      await give(forecastAt(startMs));
      await arrive(startMs, [2, 3, 4, 5]);
      await check(startMs + 5 * minuteMs);
      const { windows } = await readTrack(database.db, trackKey(track));
      // Twice the pinball losses: of 2 at 0.05 (0 0.1 0.2 0.3), of 3 at 0.5 (1 0 1 2), of 4 at 0.95 (0.2 0.1 0 1.9).
      const quantileLoss = (0.15 + 1 + 0.55) / 3;
      expect(windows).toEqual([
        {
          startMs,
          endMs: startMs + 4 * minuteMs,
          used: 'other',
          losses: new Map([
            ['other', { mase: 1, quantileLoss: expect.closeTo(quantileLoss, 12) }],
            ['naive', { mase: 1.5, quantileLoss: null }],
          ]),
        },
      ]);
    });

    test('counts what is asked for within a quarter of a horizon once, and nothing that nobody asked for', async () => {
      const { database, records, find, arrive, give, check } = await setUp();
      records.scheduled.add(forecastAt(startMs + 8 * minuteMs));
      await give(forecastAt(startMs), forecastAt(startMs), forecastAt(startMs + minuteMs / 2));
      await give(forecastAt(startMs + minuteMs));
      await arrive(startMs, new Array(13).fill(3));
      expect(await check(startMs + 60 * minuteMs)).toBe(3);
      expect(await find()).toMatchObject({ checked: 2, mase: 0, baselineMase: 1 });
      expect((await readTrack(database.db, trackKey(track))).windows).toHaveLength(3);
    });

    test('counts one that was made before anybody asked, when it is given out', async () => {
      const { records, find, arrive, give, check } = await setUp();
      records.scheduled.add(forecastAt(startMs));
      await give(forecastAt(startMs));
      records.scheduled.add(forecastAt(startMs));
      await give();
      await arrive(startMs, [3, 3, 3, 3]);
      expect(await check(startMs + 60 * minuteMs)).toBe(1);
      expect(await find()).toMatchObject({ checked: 1 });
    });

    test('waits a day for steps that are missing, and is content with half of them then', async () => {
      const { find, arrive, give, check } = await setUp();
      await give(forecastAt(startMs));
      await arrive(startMs, [4, Number.NaN, 4, Number.NaN]);
      expect(await check(startMs + 60 * minuteMs)).toBe(0);
      expect(await check(startMs + 2 * dayMs)).toBe(1);
      expect(await find()).toMatchObject({ checked: 1, mase: 1, coverage: { actual: 1 } });
    });

    test('is forgotten when less than half is known after a week', async () => {
      const { database, arrive, give, check, find } = await setUp();
      await give(forecastAt(startMs));
      await arrive(startMs, [4, Number.NaN, Number.NaN, Number.NaN]);
      for (const days of [2, 6]) expect(await check(startMs + days * dayMs)).toBe(0);
      expect(await database.db.selectFrom('forecast').select('id').execute()).toHaveLength(1);
      expect(await check(startMs + 8 * dayMs)).toBe(0);
      expect(await database.db.selectFrom('forecast').select('id').execute()).toEqual([]);
      expect(await find()).toBeNull();
    });

    test('has no error where the history never moved, but its interval is counted', async () => {
      const { find, arrive, give, check } = await setUp();
      const { history } = forecastAt(startMs);
      await give(forecastAt(startMs, { history: { ...history, values: Float64Array.of(2, 2, 2, 2) } }));
      await arrive(startMs, [2, 3, 4, 5]);
      expect(await check(startMs + 60 * minuteMs)).toBe(1);
      const coverage = { level, actual: 0.75, checked: 1 };
      expect(await find()).toEqual({ checked: 1, mase: null, baselineMase: null, coverage, preference: null });
    });

    test('of thirty windows makes the better method the preferred one, for the next process too', async () => {
      const place = await newPlace();
      const first = await setUp(place);
      const starts = Array.from({ length: 30 }, (_, i) => startMs + i * horizon * minuteMs);
      await first.give(...starts.slice(0, 29).map((atMs) => forecastAt(atMs)));
      const truth = starts.flatMap((_, i) => [2.2 + (i % 3) / 10, 2.4, 2.3, 2.2]);
      await first.arrive(startMs, truth);
      expect(await first.check(startMs + dayMs)).toBe(29);
      expect(await first.find()).toMatchObject({ checked: 29, preference: null });
      await first.give(forecastAt(starts[29] ?? 0));
      expect(await first.check(startMs + dayMs)).toBe(1);
      const preference = { model: 'naive', over: null, windows: 30, sinceMs: startMs + 120 * minuteMs };
      expect(await first.find()).toMatchObject({ checked: 30, preference });
      await first.owner.release();

      const second = await setUp(place);
      expect(await second.find()).toEqual(await first.find());
      await second.give(forecastAt(startMs + 120 * minuteMs));
      await second.arrive(startMs + 120 * minuteMs, [3, 3, 3, 3]);
      expect(await second.check(startMs + dayMs)).toBe(1);
      expect(await second.find()).toMatchObject({ checked: 31, preference });
    });

    test('is written and read by processes that own nothing, and checked by the owner alone', async () => {
      const place = await newPlace();
      const { check, arrive, find } = await setUp(place);
      const other = await setUp(place);
      await other.give(forecastAt(startMs));
      await arrive(startMs, [3, 3, 3, 3]);
      await expect(other.check(startMs + dayMs)).rejects.toMatchObject({ code: 'conflict' });
      expect(await check(startMs + dayMs)).toBe(1);
      expect(await other.find()).toEqual(await find());
    });

    test('keeps the newest 200 of a series, and none longer than 400 days', async () => {
      const { database, give } = await setUp();
      const count = async () => (await database.db.selectFrom('forecast').select('start_ms').execute()).length;
      await give(...Array.from({ length: 205 }, (_, i) => forecastAt(startMs + i * dayMs)));
      await deleteOldForecasts(database.db, startMs);
      expect(await count()).toBe(200);
      await deleteOldForecasts(database.db, startMs + 600 * dayMs);
      expect(await count()).toBe(5);
      await deleteOldForecasts(database.db, startMs + 700 * dayMs);
      expect(await count()).toBe(0);
      expect(await database.db.selectFrom('forecast_track').selectAll().execute()).toEqual([]);
    });

    test('keeps the newest 5,000 that are not checked', async () => {
      const { database, give, find, arrive, check } = await setUp();
      await give(forecastAt(startMs));
      await arrive(startMs, [3, 3, 3, 3]);
      await check(startMs + 60 * minuteMs);
      await give(forecastAt(startMs + dayMs));
      const { id, ...row } = await database.db
        .selectFrom('forecast')
        .selectAll()
        .where('due_ms', 'is not', null)
        .executeTakeFirstOrThrow();
      for (let at = 0; at < 5_050; at += 505) {
        const more = Array.from({ length: 505 }, (_, i) => ({ ...row, track: `t${at + i}`, due_ms: startMs + at + i }));
        await database.db.insertInto('forecast').values(more).execute();
      }
      await deleteOldForecasts(database.db, startMs);
      const kept = await database.db.selectFrom('forecast').select('due_ms').where('due_ms', 'is not', null).execute();
      expect(kept).toHaveLength(5_000);
      expect(Math.min(...kept.map(({ due_ms }) => due_ms ?? 0))).toBe(startMs + 50);
      expect(await find()).toMatchObject({ checked: 1 });
    });

    test('offers what was asked for lately to be forecast again, when the last one has ended, once', async () => {
      const { owner, give } = await setUp();
      const asked = { askedSinceMs: startMs, limit: 20 };
      const offered = async (nowMs: number, change = {}) =>
        (await takeTracksToForecast(owner, { ...asked, nowMs, ...change })).map(({ track, level }) => ({
          track,
          level,
        }));
      await give(forecastAt(startMs));
      const endMs = startMs + horizon * minuteMs;
      expect(await offered(endMs - 1)).toEqual([]);
      expect(await offered(endMs, { askedSinceMs: startMs + dayMs })).toEqual([]);
      expect(await offered(endMs)).toEqual([{ track, level }]);
      expect(await offered(endMs + minuteMs)).toEqual([]);
      expect(await offered(endMs + horizon * minuteMs)).toEqual([{ track, level }]);
    });

    test('that cannot be stored is logged and stored with the next', async () => {
      const database = await (await newPlace())();
      const log = { ...silentLogger, warn: vi.fn() };
      let failing = true;
      const source = async () => (failing ? Promise.reject(new Error('no space')) : database);
      const records = createForecastRecords(source, { log });
      records.add(forecastAt(startMs));
      await records[Symbol.asyncDispose]();
      expect(log.warn).toHaveBeenCalledWith('forecasts cannot be stored to be checked later', expect.anything());
      expect(await records.find(track, level)).toBeNull();
      failing = false;
      records.add(forecastAt(startMs + dayMs));
      await records[Symbol.asyncDispose]();
      expect(await database.db.selectFrom('forecast').select('start_ms').orderBy('start_ms').execute()).toEqual([
        { start_ms: startMs },
        { start_ms: startMs + dayMs },
      ]);
    });
  });
}
