import fc from 'fast-check';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { hourMs } from '../../src/metrics/chunk-key.ts';
import { type CopyProgress, copyStore } from '../../src/metrics/copy/copy-store.ts';
import { createMetricStore } from '../../src/metrics/metric-store.ts';
import type { SeriesBatch } from '../../src/metrics/stored-series.ts';
import type { Database } from '../../src/storage/database.ts';
import { contentOf, fillStore } from '../support/store-content.ts';
import { readingOf } from '../unit/storage/support.ts';
import type { NewPlace } from './place.ts';

const never = new AbortController().signal;

/**
 * Interrupts a copy once it has told its progress `count` times, counted from when it has read the source unless `reading`
 * counts too; true when it had finished by then.
 */
async function copyAWhile(from: Database, to: Database, count: number, { reading = false } = {}): Promise<boolean> {
  const stop = new AbortController();
  let left = count;
  const onProgress = ({ stage }: CopyProgress) => {
    if (stage === 'read' && !reading) return;
    left -= 1;
    if (left <= 0) stop.abort();
  };
  try {
    await copyStore(from, to, { onProgress, signal: stop.signal });
    return true;
  } catch (error) {
    expect((error as Error).name).toBe('AbortError');
    return false;
  }
}

/** Samples of a series, one a minute. */
function batchOf(host: string, values: readonly number[]): SeriesBatch {
  const descriptor = { metric: 'inserted', labels: {}, unit: '1' };
  const timesMs = Float64Array.from(values, (_, i) => i * 60_000);
  return { host, descriptor, samples: { timesMs, values: Float64Array.from(values) } };
}

/** What a copy must do, from one kind of database to another. */
export function copyContract(name: string, newSource: NewPlace, newTarget: NewPlace): void {
  describe(name, () => {
    async function places(seriesOfHost?: number) {
      const source = await newSource();
      const target = await newTarget();
      const [from, to] = [await source(), await target()];
      await fillStore(from, seriesOfHost);
      return { source, target, from, to };
    }

    test('copies everything, tells how far it is, and does nothing the second time', async () => {
      const { from, to } = await places();
      const progress: CopyProgress[] = [];
      const copied = await copyStore(from, to, { onProgress: (one) => progress.push(one), signal: never });
      const counts = { hosts: 2, series: 120, chunks: 600, readings: 500, auditEntries: 1_200 };
      expect(copied).toEqual({ changed: true, ...counts, damage: { chunks: 0 } });
      expect(await contentOf(to)).toEqual(await contentOf(from));
      for (const stage of [
        'read',
        'chunk',
        'journal',
        'audit',
        'forecast_track',
        'forecast',
        'anomaly',
        'detector_state',
        'setting',
        'check',
      ]) {
        const ofStage = progress.filter((one) => one.stage === stage);
        expect(ofStage.at(-1)).toEqual({ stage, done: ofStage[0]?.total, total: ofStage[0]?.total });
      }
      const before = await to.db.selectFrom('setting').selectAll().execute();
      expect(await copyStore(from, to, { signal: never })).toEqual({ ...copied, changed: false });
      expect(await to.db.selectFrom('setting').selectAll().execute()).toEqual(before);
    });

    test('goes on after an interruption anywhere, to the same end', async () => {
      const { from, target } = await places();
      const content = await contentOf(from);
      await fc.assert(
        fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 4 }), async (counts) => {
          const to = await target();
          for (const table of [
            'chunk',
            'journal',
            'layout',
            'series',
            'host',
            'audit',
            'forecast',
            'forecast_track',
            'anomaly',
            'detector_state',
            'setting',
          ] as const)
            await to.db.deleteFrom(table).execute();
          for (const count of counts) await copyAWhile(from, to, count);
          await copyStore(from, to, { signal: never });
          expect(await contentOf(to)).toEqual(content);
        }),
        { numRuns: 3 },
      );
    });

    test('begins anew when the source has changed since the interruption', async () => {
      const { from, to } = await places();
      expect(await copyAWhile(from, to, 3)).toBe(false);
      await createMetricStore(from).append([readingOf('web-3', 9, [1])]);
      await copyStore(from, to, { signal: never });
      expect(await contentOf(to)).toEqual(await contentOf(from));
    });

    /** Four samples of an hour, and how to change one so that no count, time or length tells. */
    async function addSamples(database: Database) {
      const values = [1, 2, 3, 2];
      const insert = () => createMetricStore(database).insert([batchOf('web-1', values)]);
      await insert();
      const lengths = () =>
        database.db
          .selectFrom('chunk')
          .select(['id', 'n', sql`length(data)`.as('length')])
          .execute();
      const before = await lengths();
      return async () => {
        values[2] = 1;
        expect(await insert()).toEqual({ added: 0, changed: 1 });
        expect(await lengths()).toEqual(before);
      };
    }

    test('begins anew when one value has changed since the interruption, and nothing else', async () => {
      const { from, to } = await places();
      const change = await addSamples(from);
      expect(await copyAWhile(from, to, 5)).toBe(false);
      await change();
      await copyStore(from, to, { signal: never });
      expect(await contentOf(to)).toEqual(await contentOf(from));
    });

    test('copies damaged chunks as they are, and says how many and which is the first, also when it was copied before', async () => {
      const { from, to } = await places();
      const flipped = async ({ db }: Database, id: number) => {
        const { data } = await db.selectFrom('chunk').select('data').where('id', '=', id).executeTakeFirstOrThrow();
        data[5] = (data[5] as number) ^ 1;
        await db.updateTable('chunk').set({ data }).where('id', '=', id).execute();
      };
      const keys = (await from.db.selectFrom('chunk').select('id').orderBy('id').execute()).map(({ id }) => id);
      for (const place of [123, 121, 599]) await flipped(from, keys[place] as number);
      const damage = { chunks: 3, first: { host: 'web-1', series: 'm1', startMs: hourMs } };
      expect(await copyStore(from, to, { signal: never })).toMatchObject({ changed: true, damage });
      expect(await contentOf(to)).toEqual(await contentOf(from));
      expect(await copyStore(from, to, { signal: never })).toMatchObject({ changed: false, damage });
    });

    test('refuses to call a copy the same when one value of the source has changed since', async () => {
      const { from, to } = await places(2);
      const change = await addSamples(from);
      await copyStore(from, to, { signal: never });
      expect(await copyStore(from, to, { signal: never })).toMatchObject({ changed: false });
      await change();
      const before = await contentOf(to);
      await expect(copyStore(from, to, { signal: never })).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringContaining('a finished copy of an earlier state'),
      });
      expect(await contentOf(to)).toEqual(before);
    });

    test('begins anew with the same content by other ids, by which it could not go on', async () => {
      const { from, to } = await places();
      const other = await newSource();
      const same = await other();
      await createMetricStore(same).append([readingOf('gone', 1, [1])]);
      for (const table of ['journal', 'layout', 'series', 'host'] as const) await same.db.deleteFrom(table).execute();
      await fillStore(same);
      expect(await copyAWhile(from, to, 3)).toBe(false);
      await copyStore(same, to, { signal: never });
      expect(await contentOf(to)).toEqual(await contentOf(from));
    });

    test('stopped while it reads the source, it leaves the target empty, for any other copy', async () => {
      const { from, to } = await places();
      expect(await copyAWhile(from, to, 4, { reading: true })).toBe(false);
      for (const table of [
        'chunk',
        'journal',
        'layout',
        'series',
        'host',
        'audit',
        'forecast',
        'forecast_track',
        'setting',
      ] as const)
        expect(await to.db.selectFrom(table).selectAll().execute()).toEqual([]);
    });

    test('takes the source as it is at one moment, while others write to it', async () => {
      const { source, from, to } = await places();
      const content = await contentOf(from);
      const other = createMetricStore(await source());
      const writes: Promise<void>[] = [];
      await copyStore(from, to, {
        onProgress: () => writes.push(other.append([readingOf('web-1', 10 * hourMs + writes.length, [1])])),
        signal: never,
      });
      await Promise.all(writes);
      expect(writes.length).toBeGreaterThan(5);
      expect(await contentOf(to)).toEqual(content);
    });

    test('refuses a database with other data, and leaves it alone', async () => {
      const { from, to } = await places(2);
      await createMetricStore(to).append([readingOf('mine', 1, [1])]);
      const before = await contentOf(to);
      await expect(copyStore(from, to, { signal: never })).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringContaining('"journal"'),
      });
      expect(await contentOf(to)).toEqual(before);
    });

    test('refuses to overwrite a finished copy by a later state', async () => {
      const { from, to } = await places(2);
      await copyStore(from, to, { signal: never });
      const before = await contentOf(to);
      await createMetricStore(from).append([readingOf('web-3', 9, [1])]);
      await expect(copyStore(from, to, { signal: never })).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringContaining('a finished copy of an earlier state'),
      });
      expect(await contentOf(to)).toEqual(before);
    });

    test('refuses a database that another process works on', async () => {
      const { from, target, to } = await places(2);
      const other = (await target()).ownership('maintain');
      await other.tryAcquire();
      await expect(copyStore(from, to, { signal: never })).rejects.toMatchObject({ code: 'conflict' });
      await other.release();
      await copyStore(from, to, { signal: never });
    });

    test('finds a copy that differs, and says where', async () => {
      const { from, to } = await places();
      expect(await copyAWhile(from, to, 3)).toBe(false);
      const { id } = await to.db
        .selectFrom('series')
        .select('id')
        .where('metric', '=', 'm33')
        .orderBy('id')
        .executeTakeFirstOrThrow();
      const { key } = await to.db
        .selectFrom('chunk')
        .select('id as key')
        .where('id', '=', 2 ** 31 + id)
        .executeTakeFirstOrThrow();
      await to.db
        .updateTable('chunk')
        .set({ data: Uint8Array.of(1, 2, 3) })
        .where('id', '=', key)
        .execute();
      await expect(copyStore(from, to, { signal: never })).rejects.toMatchObject({
        code: 'storage_corrupt',
        message: expect.stringContaining('The copy differs in m33 of web-1: '),
      });
    });
  });
}
