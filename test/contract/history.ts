import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { createTally, gridOf } from '../../src/metrics/buckets.ts';
import { hourMs } from '../../src/metrics/chunk-key.ts';
import { createMetricStore, type MetricStore } from '../../src/metrics/metric-store.ts';
import { resample } from '../../src/metrics/resample.ts';
import { noSamples, type Samples } from '../../src/metrics/samples.ts';
import { readingOf } from '../unit/storage/support.ts';
import type { NewPlace } from './place.ts';

/** What must hold of samples on every database, wherever they lie. */
export function historyContract(name: string, newPlace: NewPlace): void {
  describe(name, () => {
    const descriptor = { metric: 'm0', labels: {}, unit: '1' };
    const host = 'web-1';

    function samplesOf(pairs: Iterable<readonly [number, number]>): Samples {
      const sorted = [...pairs].sort(([one], [other]) => one - other);
      return {
        timesMs: Float64Array.from(sorted, ([timeMs]) => timeMs),
        values: Float64Array.from(sorted, ([, value]) => value),
      };
    }

    async function openStore() {
      const database = await (await newPlace())();
      const store = createMetricStore(database);
      const owner = database.ownership('maintain');
      await owner.tryAcquire();
      const compact = (beforeMs: number) => store.compact(owner, beforeMs, new AbortController().signal);
      return { store, database, compact };
    }

    async function idOf(store: MetricStore): Promise<number> {
      return (await store.series({ host, metric: 'm0' }))[0]?.id ?? -1;
    }

    async function readAll(store: MetricStore, fromMs = 0, toMs = Number.POSITIVE_INFINITY): Promise<Samples> {
      const id = await idOf(store);
      return (await store.read({ host, seriesIds: [id], fromMs, toMs })).get(id) ?? noSamples;
    }

    describe('samples of series over hours', () => {
      const timeMs = fc.integer({ min: 0, max: 8 * hourMs });
      const pair = fc.tuple(timeMs, fc.integer({ min: -1000, max: 1000 }));
      const step = fc.oneof(
        fc.record({ kind: fc.constant('append' as const), pairs: fc.array(pair, { minLength: 1, maxLength: 12 }) }),
        fc.record({ kind: fc.constant('insert' as const), pairs: fc.array(pair, { minLength: 1, maxLength: 12 }) }),
        fc.record({ kind: fc.constant('compact' as const), beforeMs: timeMs }),
      );

      test('are the same whether they lie in the journal, in chunks or in both', async () => {
        await fc.assert(
          fc.asyncProperty(
            fc.array(step, { minLength: 1, maxLength: 8 }),
            timeMs,
            timeMs,
            async (steps, one, other) => {
              const { store, database, compact } = await openStore();
              // What is in the journal counts more than what is in a chunk, until it is compacted.
              const [journal, chunks] = [new Map<number, number>(), new Map<number, number>()];
              for (const done of steps) {
                if (done.kind === 'append') {
                  for (const [at, value] of done.pairs) journal.set(at, value);
                  await store.append(done.pairs.map(([at, value]) => readingOf(host, at, [value])));
                } else if (done.kind === 'insert') {
                  // The journal's samples of the hours that are inserted into are moved first.
                  const hours = new Set(done.pairs.map(([at]) => Math.floor(at / hourMs)));
                  for (const [at, value] of journal) {
                    if (!hours.has(Math.floor(at / hourMs))) continue;
                    chunks.set(at, value);
                    journal.delete(at);
                  }
                  for (const [at, value] of new Map(done.pairs)) chunks.set(at, value);
                  await store.insert([{ host, descriptor, samples: samplesOf(new Map(done.pairs)) }]);
                } else {
                  const beforeMs = Math.floor(done.beforeMs / hourMs) * hourMs;
                  await compact(done.beforeMs);
                  for (const [at, value] of journal) {
                    if (at >= beforeMs) continue;
                    chunks.set(at, value);
                    journal.delete(at);
                  }
                }
              }
              const expected = samplesOf(new Map([...chunks, ...journal]));
              expect(await readAll(store)).toEqual(expected);
              const [fromMs, toMs] = [Math.min(one, other), Math.max(one, other)];
              const window = samplesOf(
                [...new Map([...chunks, ...journal])].filter(([at]) => at >= fromMs && at < toMs),
              );
              expect(await readAll(store, fromMs, toMs)).toEqual(window);
              await expectBuckets(store, window, fromMs, toMs);
              const spans = (await store.series()).map(({ firstMs, lastMs }) => [firstMs, lastMs]);
              if (expected.timesMs.length > 0) {
                expect(spans[0]?.[0]).toBeLessThanOrEqual(expected.timesMs[0] ?? 0);
                expect(spans[0]?.[1]).toBeGreaterThanOrEqual(expected.timesMs.at(-1) ?? 0);
              }
              await database[Symbol.asyncDispose]();
            },
          ),
          { numRuns: 40 },
        );
      });

      async function expectBuckets(store: MetricStore, samples: Samples, fromMs: number, toMs: number): Promise<void> {
        const id = await idOf(store);
        for (const stepMs of [20 * 60_000, hourMs, 1.5 * hourMs, 3 * hourMs]) {
          const startMs = Math.floor(fromMs / stepMs) * stepMs;
          const count = Math.max(0, Math.ceil((toMs - startMs) / stepMs));
          const tally = createTally(gridOf({ fromMs, toMs: Math.max(fromMs, toMs) }, hourMs));
          const request = { host, seriesIds: [id], fromMs, toMs, grid: { startMs, stepMs, count }, tally };
          const buckets = (await store.readBuckets(request)).get(id);
          const expected = (how: Parameters<typeof resample>[2]) =>
            [...resample(samples, { fromMs, toMs, stepMs }, how).values].map((value) =>
              Number.isNaN(value) ? 0 : value,
            );
          const filled = (values: Float64Array | undefined) =>
            Array.from(values ?? [], (value, i) => (buckets?.n[i] === 0 ? 0 : value));
          expect(filled(buckets?.n)).toEqual(expected('count'));
          if (fromMs < toMs) {
            const hours = resample(samples, { fromMs, toMs, stepMs: hourMs }, 'count');
            expect([...tally.n]).toEqual([...hours.values]);
          }
          expect(filled(buckets?.sum)).toEqual(expected('sum'));
          expect(filled(buckets?.min)).toEqual(expected('min'));
          expect(filled(buckets?.max)).toEqual(expected('max'));
          expect(filled(buckets?.last)).toEqual(expected('last'));
        }
      }
    });

    describe('compaction', () => {
      test('takes whole hours that have ended and leaves the rest in the journal', async () => {
        const { store, database, compact } = await openStore();
        const minutes = Array.from({ length: 150 }, (_, i) => i * 60_000);
        await store.append(minutes.map((timeMs) => readingOf(host, timeMs, [timeMs, -timeMs])));
        expect(await compact(2 * hourMs + 1)).toEqual({ chunks: 4, samples: 240 });
        expect(await compact(2 * hourMs + 1)).toEqual({ chunks: 0, samples: 0 });
        const { left } = await database.db
          .selectFrom('journal')
          .select(({ fn }) => fn.countAll<number>().as('left'))
          .executeTakeFirstOrThrow();
        expect(left).toBe(30);
        expect([...(await readAll(store)).timesMs]).toEqual(minutes);
      });

      test('stops between two hours when it is told to', async () => {
        const { store, database } = await openStore();
        await store.append([readingOf(host, 1, [1])]);
        const stopped = store.compact(database.ownership('maintain'), hourMs, AbortSignal.abort());
        await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
        expect([...(await readAll(store)).values]).toEqual([1]);
      });
    });

    test('a damaged hour is told to the log and to who reads, left out, and stands in the way of nothing', async () => {
      const { store, database, compact } = await openStore();
      const told = vi.spyOn(database.log, 'error');
      await store.append([readingOf(host, 1, [1]), readingOf(host, hourMs, [2])]);
      await compact(2 * hourMs);
      const id = await idOf(store);
      await database.db
        .updateTable('chunk')
        .set({ data: Uint8Array.of(1, 2, 3, 4) })
        .where('id', '=', id)
        .execute();
      const damaged: unknown[] = [];
      const all = { host, seriesIds: [id], fromMs: 0, toMs: Number.POSITIVE_INFINITY };
      const read = await store.read({ ...all, onDamaged: (chunk) => damaged.push(chunk) });
      expect([...(read.get(id)?.values ?? [])]).toEqual([2]);
      expect(damaged).toEqual([{ seriesId: id, hour: 0 }]);
      const grid = { startMs: 0, stepMs: hourMs / 2, count: 4 };
      const inBuckets: unknown[] = [];
      await store.readBuckets({ ...all, toMs: 2 * hourMs, grid, onDamaged: (chunk) => inBuckets.push(chunk) });
      expect(inBuckets).toEqual(damaged);
      expect(told).toHaveBeenCalledWith(expect.stringContaining('damaged'), expect.objectContaining({ series: id }));
      await store.append([readingOf(host, 5, [5])]);
      await compact(2 * hourMs);
      const samples = samplesOf([[6, 6]]);
      expect(await store.insert([{ host, descriptor, samples }])).toEqual({ added: 1, changed: 0 });
      expect([...(await readAll(store)).values]).toEqual([5, 6, 2]);
    });

    describe('insert', () => {
      test('counts what is new and what changed, and changes nothing the second time', async () => {
        const { store } = await openStore();
        const samples = samplesOf([
          [1, 10],
          [hourMs + 1, 20],
          [hourMs + 2, 30],
        ]);
        expect(await store.insert([{ host, descriptor, samples }])).toEqual({ added: 3, changed: 0 });
        expect(await store.insert([{ host, descriptor, samples }])).toEqual({ added: 0, changed: 0 });
        const other = samplesOf([
          [1, 11],
          [2, 12],
        ]);
        expect(await store.insert([{ host, descriptor, samples: other }])).toEqual({ added: 1, changed: 1 });
        expect([...(await readAll(store)).values]).toEqual([11, 12, 20, 30]);
      });

      test.each([
        ['a time that is no whole number', { timesMs: [1.5], values: [1] }],
        ['times that do not ascend', { timesMs: [2, 2], values: [1, 1] }],
        ['a value that is not finite', { timesMs: [1], values: [Number.NaN] }],
        ['fewer values than times', { timesMs: [1, 2], values: [1] }],
      ])('refuses %s and stores nothing', async (_what, { timesMs, values }) => {
        const { store } = await openStore();
        const good = { host, descriptor, samples: samplesOf([[1, 1]]) };
        const bad = { timesMs: Float64Array.from(timesMs), values: Float64Array.from(values) };
        await expect(store.insert([good, { host, descriptor, samples: bad }])).rejects.toMatchObject({
          code: 'invalid_argument',
        });
        expect(await store.hosts()).toEqual([]);
      });

      test('wins over what a collector reported, also while that is in the journal', async () => {
        const { store, compact } = await openStore();
        await store.append([readingOf(host, 1, [1, 10]), readingOf(host, 2, [2, 20])]);
        const samples = samplesOf([[2, 77]]);
        expect(await store.insert([{ host, descriptor, samples }])).toEqual({ added: 0, changed: 1 });
        expect([...(await readAll(store)).values]).toEqual([1, 77]);
        await store.append([readingOf(host, 3, [3, 30])]);
        await compact(hourMs);
        expect([...(await readAll(store)).values]).toEqual([1, 77, 3]);
      });

      test('shows in the latest values of a host that nobody collects', async () => {
        const { store } = await openStore();
        await store.insert([
          {
            host,
            descriptor,
            samples: samplesOf([
              [5, 50],
              [7, 70],
            ]),
          },
          { host, descriptor: { ...descriptor, metric: 'm1' }, samples: samplesOf([[6, 60]]) },
        ]);
        const latest = await store.latest(host);
        expect(latest?.timestampMs).toBe(7);
        expect(latest?.descriptors.map(({ metric }) => metric)).toEqual(['m0', 'm1']);
        expect([...(latest?.values ?? [])]).toEqual([70, 60]);
        expect(await store.hosts()).toEqual([{ host, firstMs: 5, lastMs: 7 }]);
      });
    });
  });
}
