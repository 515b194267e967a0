import fc from 'fast-check';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import type { Descriptor } from '../../src/core/series.ts';
import { hourMs } from '../../src/metrics/chunk-key.ts';
import { createMetricStore, type MetricStore } from '../../src/metrics/metric-store.ts';
import type { Reading } from '../../src/metrics/reading.ts';
import { createRandom } from '../support/random.ts';
import { readingOf } from '../unit/storage/support.ts';
import type { NewPlace, Place } from './place.ts';

/** What the store of metrics must do on every database. */
export function metricStoreContract(name: string, newPlace: NewPlace): void {
  describe(name, () => {
    const everything = { fromMs: 0, toMs: Number.POSITIVE_INFINITY };

    /** All samples of one series as [time, value] pairs. */
    async function samplesOf(store: MetricStore, host: string, metric: string, range = everything) {
      const [series] = await store.series({ host, metric });
      const id = series?.id ?? -1;
      const samples = (await store.read({ host, seriesIds: [id], ...range })).get(id);
      return Array.from(samples?.timesMs ?? [], (timeMs, i) => [timeMs, samples?.values[i]]);
    }

    describe('append and read', () => {
      test('what was appended is read back, oldest first', async () => {
        const store = createMetricStore(await (await newPlace())());
        await store.append([readingOf('web-1', 10_000, [3, 4]), readingOf('web-1', 5_000, [1, 2])]);
        await store.append([readingOf('web-2', 5_000, [9])]);
        expect(await samplesOf(store, 'web-1', 'm1')).toEqual([
          [5_000, 2],
          [10_000, 4],
        ]);
        expect(await store.hosts()).toEqual([
          { host: 'web-1', firstMs: 5_000, lastMs: 10_000 },
          { host: 'web-2', firstMs: 5_000, lastMs: 5_000 },
        ]);
        expect(await store.series({ host: 'web-1', metric: 'm1' })).toEqual([
          { id: 2, host: 'web-1', metric: 'm1', labels: {}, unit: '1', firstMs: 5_000, lastMs: 10_000 },
        ]);
      });

      test('a range includes its beginning and not its end, and may be open or fractional', async () => {
        const store = createMetricStore(await (await newPlace())());
        await store.append([1, 2, 3, 4].map((timeMs) => readingOf('web-1', timeMs, [timeMs])));
        const times = async (fromMs: number, toMs: number) =>
          (await samplesOf(store, 'web-1', 'm0', { fromMs, toMs })).map(([timeMs]) => timeMs);
        expect(await times(2, 4)).toEqual([2, 3]);
        expect(await times(1.5, 3.5)).toEqual([2, 3]);
        expect(await times(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)).toEqual([1, 2, 3, 4]);
        expect(await times(4, 2)).toEqual([]);
        await expect(times(Number.NaN, 2)).rejects.toMatchObject({ code: 'invalid_argument' });
      });

      test('a value that could not be read is missing, as is an infinite one', async () => {
        const store = createMetricStore(await (await newPlace())());
        const values = [Number.NaN, Number.NEGATIVE_INFINITY, -0, 5e-324];
        await store.append(values.map((value, i) => readingOf('web-1', i, [value])));
        expect(await samplesOf(store, 'web-1', 'm0')).toEqual(values.map((value, i) => [i, value]).slice(2));
      });

      test('of two readings at the same time the later is kept', async () => {
        const store = createMetricStore(await (await newPlace())());
        await store.append([readingOf('web-1', 1, [1]), readingOf('web-1', 1, [2, 20])]);
        await store.append([readingOf('web-1', 1, [3])]);
        expect(await samplesOf(store, 'web-1', 'm0')).toEqual([[1, 3]]);
        expect(await samplesOf(store, 'web-1', 'm1')).toEqual([]);
      });

      test('every series asked for has an entry, an unknown one an empty one', async () => {
        const store = createMetricStore(await (await newPlace())());
        await store.append([readingOf('web-1', 1, [1])]);
        for (const host of ['web-1', 'nobody']) {
          const read = await store.read({ host, seriesIds: [404], ...everything });
          expect([...read]).toEqual([[404, { timesMs: new Float64Array(), values: new Float64Array() }]]);
        }
      });

      test('reading goes on over any number of rows and layouts', async () => {
        const store = createMetricStore(await (await newPlace())());
        const total = 12_345;
        const readings = Array.from({ length: total }, (_, i) => readingOf('web-1', i, i % 3000 === 0 ? [i] : [i, -i]));
        while (readings.length > 0) await store.append(readings.splice(0, 3_000));
        expect(await samplesOf(store, 'web-1', 'm0')).toEqual(Array.from({ length: total }, (_, i) => [i, i]));
        expect((await samplesOf(store, 'web-1', 'm1')).length).toBe(total - 5);
      });

      test('a host whose series change at every reading is stored and read', async () => {
        const store = createMetricStore(await (await newPlace())());
        const churning = (i: number): Reading => ({
          host: 'web-1',
          timestampMs: i,
          descriptors: [`short-lived-${i}`, 'steady'].map((metric) => ({ metric, labels: {}, unit: '1' })),
          values: Float64Array.of(i, -i),
        });
        await store.append(Array.from({ length: 500 }, (_, i) => churning(i)));
        expect((await samplesOf(store, 'web-1', 'steady')).length).toBe(500);
        expect(await samplesOf(store, 'web-1', 'short-lived-77')).toEqual([[77, 77]]);
      });

      test('agrees with a plain list of samples', async () => {
        const cell = fc.record({
          host: fc.constantFrom('a', 'b'),
          timeMs: fc.integer({ min: 0, max: 30 }),
          series: fc.subarray(['x', 'y', 'z']),
          value: fc.double({ noNaN: true }),
        });
        const range = fc.record({ fromMs: fc.integer({ min: -5, max: 35 }), toMs: fc.integer({ min: -5, max: 35 }) });
        await fc.assert(
          fc.asyncProperty(fc.array(cell, { maxLength: 40 }), range, async (cells, { fromMs, toMs }) => {
            const store = createMetricStore(await (await newPlace())());
            const model = new Map<string, number>();
            for (const { host, timeMs, series, value } of cells) {
              for (const name of ['x', 'y', 'z']) model.delete(`${host} ${name} ${timeMs}`);
              for (const name of series) model.set(`${host} ${name} ${timeMs}`, value);
            }
            await store.append(
              cells.map(({ host, timeMs, series, value }) => ({
                host,
                timestampMs: timeMs,
                descriptors: series.map((metric) => ({ metric, labels: {}, unit: '1' })),
                values: new Float64Array(series.length).fill(value),
              })),
            );
            for (const host of ['a', 'b']) {
              for (const name of ['x', 'y', 'z']) {
                const expected = Array.from({ length: 31 }, (_, timeMs) => [
                  timeMs,
                  model.get(`${host} ${name} ${timeMs}`),
                ]).filter(([timeMs = 0, value]) => value !== undefined && timeMs >= fromMs && timeMs < toMs);
                expect(await samplesOf(store, host, name, { fromMs, toMs })).toEqual(expected);
              }
            }
          }),
          { numRuns: 15 },
        );
      }, 30_000);
    });

    describe('series', () => {
      const storable = (maxLength: number) =>
        fc.string({ unit: 'binary', minLength: 1, maxLength }).filter((text) => !text.includes('\0'));

      test('have any names and labels, which come back exactly', async () => {
        const database = await (await newPlace())();
        const store = createMetricStore(database);
        const anything = fc.string({ unit: 'binary', maxLength: 20 });
        const awkward = fc.constantFrom('\ud800', '\udfff', '\0', '__proto__', '10', '2', '"', "'", '%', 'a=b,c');
        const text = fc.oneof(anything, awkward);
        const labels = fc.dictionary(text, text, { maxKeys: 5, noNullPrototype: true });
        const descriptor = fc.record({ metric: storable(20), labels, unit: fc.oneof(fc.constant(''), storable(10)) });
        let timestampMs = 0;
        await fc.assert(
          fc.asyncProperty(
            storable(20),
            fc.array(descriptor, { minLength: 1, maxLength: 5 }),
            async (host, descriptors) => {
              timestampMs += 1;
              const values = Float64Array.from(descriptors, (_, i) => i);
              await store.append([{ host, timestampMs, descriptors, values }]);
              const withoutMemory = createMetricStore(database);
              expect(await withoutMemory.latest(host)).toEqual({ host, timestampMs, descriptors, values });
              expect(await store.series({ host })).toEqual(
                expect.arrayContaining(descriptors.map((expected) => expect.objectContaining({ ...expected, host }))),
              );
            },
          ),
          { numRuns: 30 },
        );
      });

      test('are told apart by labels whose texts only look the same', async () => {
        const store = createMetricStore(await (await newPlace())());
        const descriptors: Descriptor[] = [
          { metric: 'm', labels: { a: '1,b=2' }, unit: '1' },
          { metric: 'm', labels: { a: '1', b: '2' }, unit: '1' },
          { metric: 'm', labels: { a: '1', b: '2' }, unit: 's' },
        ];
        await store.append([{ host: 'web-1', timestampMs: 1, descriptors, values: Float64Array.of(1, 2, 3) }]);
        expect((await store.series()).map(({ metric, labels, unit }) => ({ metric, labels, unit }))).toEqual(
          descriptors,
        );
      });

      test('are the same whatever the order of their labels and of the reading', async () => {
        const store = createMetricStore(await (await newPlace())());
        const one = { metric: 'm', labels: { a: '1', b: '2' }, unit: '1' };
        const same = { metric: 'm', labels: { b: '2', a: '1' }, unit: '1' };
        const other = { metric: 'other', labels: {}, unit: '1' };
        await store.append([{ host: 'h', timestampMs: 1, descriptors: [one, other], values: Float64Array.of(1, 0) }]);
        await store.append([{ host: 'h', timestampMs: 2, descriptors: [other, same], values: Float64Array.of(0, 2) }]);
        expect(await samplesOf(store, 'h', 'm')).toEqual([
          [1, 1],
          [2, 2],
        ]);
      });

      test.each<[string, Partial<Reading>]>([
        ['host', { host: '' }],
        ['host', { host: 'x'.repeat(256) }],
        ['host', { host: 'a\0b' }],
        ['time', { timestampMs: Number.NaN }],
        ['time', { timestampMs: 1.5 }],
        ['time', { timestampMs: -1 }],
        ['values', { values: new Float64Array(2) }],
        ['metric', { descriptors: [{ metric: 'x'.repeat(256), labels: {}, unit: '1' }] }],
        ['metric', { descriptors: [{ metric: '\ud800', labels: {}, unit: '1' }] }],
        ['unit', { descriptors: [{ metric: 'm', labels: {}, unit: 'x'.repeat(64) }] }],
        ['labels', { descriptors: [{ metric: 'm', labels: { a: 'x'.repeat(2_048) }, unit: '1' }] }],
        ['series', { descriptors: Array(10_001).fill({ metric: 'm', labels: {}, unit: '1' }) }],
      ])('with a %s out of bounds are refused by name, with all that came along', async (name, wrong) => {
        const store = createMetricStore(await (await newPlace())());
        const appending = store.append([readingOf('web-1', 1, [1]), { ...readingOf('web-1', 2, [1]), ...wrong }]);
        await expect(appending).rejects.toMatchObject({
          code: 'invalid_argument',
          message: expect.stringContaining(name),
        });
        expect(await store.hosts()).toEqual([]);
      });
    });

    describe('latest', () => {
      test('is the newest reading, with the same descriptors while they stay the same', async () => {
        const store = createMetricStore(await (await newPlace())());
        expect(await store.latest('web-1')).toBeNull();
        await store.append([readingOf('web-1', 10, [1, Number.NaN]), readingOf('web-1', 5, [3])]);
        const first = await store.latest('web-1');
        expect(first).toEqual(readingOf('web-1', 10, [1, Number.NaN]));
        await store.append([readingOf('web-1', 20, [2, 3])]);
        const second = await store.latest('web-1');
        expect(second?.timestampMs).toBe(20);
        expect(second?.descriptors).toBe(first?.descriptors);
      });
    });

    /** A store and what its owner does. */
    async function ownedStore(at?: Place) {
      const place = at ?? (await newPlace());
      const database = await place();
      const store = createMetricStore(database);
      const owner = database.ownership('maintain');
      expect(await owner.tryAcquire()).toBe(true);
      return {
        database,
        store,
        compact: (beforeMs: number) => store.compact(owner, beforeMs, new AbortController().signal),
        deleteBefore: (fromMs: number) =>
          store.deleteOld(owner, { fromMs, maxBytes: Number.POSITIVE_INFINITY, nowMs: fromMs }),
        keepBytes: (maxBytes: number) => store.deleteOld(owner, { fromMs: 0, maxBytes, nowMs: 0 }),
      };
    }

    describe('retention', () => {
      test('deletes what is older, and the series of which nothing is left', async () => {
        const { store, deleteBefore } = await ownedStore();
        await store.append(Array.from({ length: 2_500 }, (_, i) => readingOf('web-1', i, [i, i])));
        await store.append([readingOf('web-1', 2_500, [2_500]), readingOf('gone', 7, [1])]);
        expect(await deleteBefore(2_500)).toEqual({ readings: 2_501, chunks: 0 });
        expect(await store.hosts()).toEqual([{ host: 'web-1', firstMs: 2_500, lastMs: 2_500 }]);
        expect((await store.series()).map(({ host, metric }) => [host, metric])).toEqual([['web-1', 'm0']]);
        expect(await samplesOf(store, 'web-1', 'm0')).toEqual([[2_500, 2_500]]);
        expect(await deleteBefore(2_500)).toEqual({ readings: 0, chunks: 0 });
      });

      test('deletes chunks of the hours before, and the series that end there', async () => {
        const { store, compact, deleteBefore } = await ownedStore();
        await store.append(
          [0, 1, 2].map((hour) => readingOf('web-1', hour * hourMs + 7, hour === 0 ? [hour, 5] : [hour])),
        );
        await compact(3 * hourMs);
        expect(await deleteBefore(hourMs + 30)).toEqual({ readings: 0, chunks: 2 });
        expect(await store.trimmed()).toBeNull();
        expect(await samplesOf(store, 'web-1', 'm0')).toEqual([
          [hourMs + 7, 1],
          [2 * hourMs + 7, 2],
        ]);
        expect((await store.series()).map(({ metric, firstMs }) => [metric, firstMs])).toEqual([['m0', hourMs]]);
      });

      test('deletes the oldest days when history takes more than it may', async () => {
        const { store, compact, keepBytes } = await ownedStore();
        const { uniform } = createRandom(7);
        const hours = 24 * 6;
        for (let hour = 0; hour < hours; hour += 1)
          await store.append(
            Array.from({ length: 60 }, (_, i) =>
              readingOf('web-1', hour * hourMs + i * 60_000, [uniform(), uniform()]),
            ),
          );
        await compact(hours * hourMs);
        const before = await store.sizeBytes();
        expect((await keepBytes(before + 1)).chunks).toBe(0);
        expect(await store.trimmed()).toBeNull();
        const { chunks } = await keepBytes(80_000);
        expect(chunks % 2).toBe(0);
        expect(chunks).toBeGreaterThan(0);
        expect(chunks).toBeLessThan(2 * hours);
        expect((await store.hosts())[0]?.firstMs).toBe((chunks / 2) * hourMs);
        expect(await store.trimmed()).toEqual({ beforeMs: (chunks / 2) * hourMs, maxBytes: 80_000 });
        expect((await keepBytes(80_000)).chunks).toBe(0);
      });

      test('leaves room that is used again', async () => {
        const { database, store, deleteBefore } = await ownedStore();
        const fill = () =>
          store.append(Array.from({ length: 1_000 }, (_, i) => readingOf('web-1', i, Array(80).fill(i))));
        await fill();
        const sizeBytes = await store.sizeBytes();
        await deleteBefore(1_000);
        // Autovacuum would, in time.
        if (database.kind === 'postgres') await sql`vacuum`.execute(database.db);
        await fill();
        expect(await store.sizeBytes()).toBeLessThan(1.25 * sizeBytes);
      });

      test('does not disturb a host that reports again, nor another process that remembers what was deleted', async () => {
        const place = await newPlace();
        const { store, deleteBefore } = await ownedStore(place);
        const elsewhere = createMetricStore(await place());
        await store.append([readingOf('web-1', 1, [1, 10])]);
        await elsewhere.append([readingOf('web-1', 2, [2, 20])]);
        await deleteBefore(100);
        await elsewhere.append([readingOf('web-1', 101, [3, 30])]);
        await store.append([readingOf('web-1', 102, [4, 40])]);
        expect(await samplesOf(store, 'web-1', 'm1')).toEqual([
          [101, 30],
          [102, 40],
        ]);
        expect(await store.series({ metric: 'm1' })).toHaveLength(1);
      });

      test('is for the owner alone', async () => {
        const place = await newPlace();
        await ownedStore(place);
        const database = await place();
        const other = createMetricStore(database);
        await other.append([readingOf('web-1', 1, [1])]);
        const owner = database.ownership('maintain');
        const signal = new AbortController().signal;
        await expect(other.compact(owner, hourMs, signal)).rejects.toMatchObject({ code: 'conflict' });
        await expect(other.append([readingOf('web-1', 2, [2])], owner)).rejects.toMatchObject({ code: 'conflict' });
        expect(await samplesOf(other, 'web-1', 'm0')).toEqual([[1, 1]]);
      });
    });

    test('a store opens its database with its first question', async () => {
      let opened = 0;
      const store = createMetricStore(async () => {
        opened += 1;
        return (await newPlace())();
      });
      expect(opened).toBe(0);
      expect(await store.hosts()).toEqual([]);
      expect(opened).toBe(1);
    });
  });
}
