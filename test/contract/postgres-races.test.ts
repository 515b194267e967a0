import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { hourMs } from '../../src/metrics/chunk-key.ts';
import { createMetricStore } from '../../src/metrics/metric-store.ts';
import type { Database } from '../../src/storage/database.ts';
import { openTestDatabase } from '../support/open-test-database.ts';
import { postgresForTests } from '../support/postgres-cluster.ts';
import { until } from '../support/until.ts';
import { readingOf } from '../unit/storage/support.ts';

const cluster = postgresForTests();
const host = 'web-1';

/** How many transactions wait for a lock of ours. */
async function waiting({ db }: Database): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from pg_locks join pg_database on pg_database.oid = pg_locks.database
    where datname = current_database() and locktype = 'advisory' and not granted`.execute(db);
  return Number(rows[0]?.count);
}

test('series that report again while the last of their samples is deleted are kept', async () => {
  const url = await cluster().createDatabase();
  const [one, other, blocking] = [
    await openTestDatabase(url),
    await openTestDatabase(url),
    await openTestDatabase(url),
  ];
  const owner = one.ownership('maintain');
  await owner.tryAcquire();
  const [store, reporting] = [createMetricStore(one), createMetricStore(other)];
  await store.append([readingOf(host, 1, [1])]);
  const { id } = await one.db.selectFrom('host').select('id').executeTakeFirstOrThrow();

  // Both come to the host's lock while somebody holds it: first the deletion, then the reading.
  const release = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const blocked = blocking.db.transaction().execute(async (transaction) => {
    await blocking.lockHosts(transaction, [id]);
    held.resolve();
    await release.promise;
  });
  await held.promise;
  const deleted = store.deleteOld(owner, { fromMs: hourMs, maxBytes: Number.MAX_SAFE_INTEGER, nowMs: hourMs });
  await until('the deletion to wait', async () => (await waiting(one)) === 1);
  const appended = reporting.append([readingOf(host, 2 * hourMs, [2, 3])]);
  await until('the reading to wait', async () => (await waiting(one)) === 2);
  release.resolve();
  await Promise.all([blocked, deleted, appended]);

  const [series] = await store.series({ host, metric: 'm0' });
  const seriesId = series?.id ?? -1;
  const request = { host, seriesIds: [seriesId], fromMs: 0, toMs: Number.POSITIVE_INFINITY };
  expect([...((await store.read(request)).get(seriesId)?.values ?? [])]).toEqual([2]);
});
