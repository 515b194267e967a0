import { describe, expect, test } from 'vitest';
import { hourMs } from '../../src/metrics/chunk-key.ts';
import { createMetricStore } from '../../src/metrics/metric-store.ts';
import { migrations } from '../../src/storage/migrations/index.ts';
import { migrate } from '../../src/storage/migrations/migrate.ts';
import type { Migration } from '../../src/storage/migrations/migration.ts';
import { readingOf } from '../unit/storage/support.ts';
import type { NewPlace } from './place.ts';

/** What a later version may do: it only adds. */
const later: Migration = {
  major: 1,
  minor: 1_000,
  async up(db, { integer, table }) {
    for (const name of [
      'journal',
      'chunk',
      'layout',
      'series',
      'host',
      'audit',
      'setting',
      'event',
      'forecast_track',
      'forecast',
      'anomaly',
      'detector_state',
    ])
      await db.schema.alterTable(name).addColumn('added_later', integer).execute();
    await db.schema.createTable('made_later').addColumn('id', integer).modifyEnd(table).execute();
  },
};

/** Two versions of the program on one database. */
export function versionsContract(name: string, newPlace: NewPlace): void {
  describe(name, () => {
    test('goes on for a running program when a later version changes the schema under it', async () => {
      const place = await newPlace();
      const database = await place();
      const running = createMetricStore(database);
      const owner = database.ownership('maintain');
      await owner.tryAcquire();
      await running.append([readingOf('web-1', 1, [1])]);

      const { db, kind } = await place();
      await migrate(db, kind, [...migrations, later]);
      const newer = createMetricStore(await place());
      await newer.append([readingOf('web-1', 2, [2])]);
      await running.append([readingOf('web-1', 3, [3]), readingOf('web-2', 3, [3, 4])]);
      await running.compact(owner, hourMs, new AbortController().signal);
      const samples = { timesMs: Float64Array.of(4), values: Float64Array.of(4) };
      const descriptor = { metric: 'm0', labels: {}, unit: '1' };
      await running.insert([{ host: 'web-1', descriptor, samples }]);
      await running.append([readingOf('web-1', hourMs, [5])]);

      for (const store of [running, newer]) {
        const [series] = await store.series({ host: 'web-1' });
        const id = series?.id ?? -1;
        const read = await store.read({ host: 'web-1', seriesIds: [id], fromMs: 0, toMs: 2 * hourMs });
        expect([...(read.get(id)?.values ?? [])]).toEqual([1, 2, 3, 4, 5]);
        expect((await store.latest('web-1'))?.timestampMs).toBe(hourMs);
      }
      await running.deleteOld(owner, { fromMs: hourMs, maxBytes: Number.POSITIVE_INFINITY, nowMs: hourMs });
      expect((await newer.hosts()).map(({ host }) => host)).toEqual(['web-1']);
    });
  });
}
