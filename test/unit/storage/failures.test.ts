import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import { expect, test } from 'vitest';
import { silentLogger } from '../../../src/core/log.ts';
import { createMetricStore } from '../../../src/metrics/metric-store.ts';
import type { Schema } from '../../../src/storage/schema.ts';
import { until } from '../../support/until.ts';
import { openTemporary, readingOf, temporaryDir } from './support.ts';

/** Asks for more rows than the thread's memory holds. */
const exhaustMemory = (db: Kysely<Schema>) =>
  sql`with recursive n(x) as (select 1 union all select x + 1 from n limit 300000) select x, x as y from n`.execute(db);

const everything = { fromMs: 0, toMs: Number.POSITIVE_INFINITY };

test('a full disk is reported, harms nothing stored, and is over once there is room', async () => {
  const { db, ...database } = await openTemporary();
  const store = createMetricStore({ db, ...database });
  await store.append([readingOf('web-1', 1, [1])]);
  const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(db);
  await sql.raw(`pragma max_page_count = ${(rows[0]?.page_count ?? 0) + 2}`).execute(db);
  const fill = async () => {
    for (let timeMs = 2; ; timeMs += 1) await store.append([readingOf('web-1', timeMs, Array(2_000).fill(timeMs))]);
  };
  await expect(fill()).rejects.toMatchObject({
    code: 'storage_full',
    message: expect.stringContaining('openmanager.db'),
  });
  const [series] = await store.series({ host: 'web-1', metric: 'm0' });
  const samples = await store.read({ host: 'web-1', seriesIds: [series?.id ?? -1], ...everything });
  expect(samples.get(series?.id ?? -1)?.timesMs[0]).toBe(1);
  await sql.raw('pragma max_page_count = 1000000').execute(db);
  await store.append([readingOf('web-1', 1_000_000, [7])]);
  expect((await store.latest('web-1'))?.timestampMs).toBe(1_000_000);
});

test('a write to a database that became read-only says so', async () => {
  const database = await openTemporary();
  const store = createMetricStore(database);
  await sql`pragma query_only = 1`.execute(database.db);
  await expect(store.append([readingOf('web-1', 1, [1])])).rejects.toMatchObject({ code: 'storage_read_only' });
});

test.skipIf(process.platform === 'win32')(
  'a database whose file was removed under it stores nothing and says so, until it is opened again (Windows forbids it)',
  async () => {
    const dataDir = temporaryDir();
    const database = await openTemporary(dataDir);
    const store = createMetricStore(database);
    await store.append([readingOf('web-1', 1, [1])]);
    for (const name of ['openmanager.db', 'openmanager.db-wal', 'openmanager.db-shm']) rmSync(join(dataDir, name));
    const append = (timeMs: number) => store.append([readingOf('web-1', timeMs, [1])]);
    await until('the loss to be noticed', async () =>
      append(2).then(
        () => false,
        (error: unknown) => {
          expect(error).toMatchObject({ code: 'unavailable', message: expect.stringContaining('removed or replaced') });
          return true;
        },
      ),
    );
    await expect(store.hosts()).rejects.toMatchObject({ code: 'unavailable' });
    await database[Symbol.asyncDispose]();
    const again = createMetricStore(await openTemporary(dataDir));
    await again.append([readingOf('web-1', 3, [1])]);
    expect(await again.hosts()).toEqual([{ host: 'web-1', firstMs: 3, lastMs: 3 }]);
  },
);

test.skipIf(process.platform === 'win32')(
  'an owner whose lock file was removed owns only if nobody has locked the new one (Windows forbids it)',
  async () => {
    const dataDir = temporaryDir();
    const own = async () => (await openTemporary(dataDir)).ownership('maintain');
    const [first, second] = [await own(), await own()];
    expect([await first.tryAcquire(), await second.tryAcquire()]).toEqual([true, false]);
    rmSync(join(dataDir, 'owner.db'));
    expect([await first.tryAcquire(), await second.tryAcquire()]).toEqual([true, false]);
    rmSync(join(dataDir, 'owner.db'));
    expect([await second.tryAcquire(), await first.tryAcquire()]).toEqual([true, false]);
    await expect(first.transaction(async () => {})).rejects.toMatchObject({ code: 'conflict' });
  },
);

test('a database whose thread dies while it closes is closed', async () => {
  const database = await openTemporary();
  const dying = expect(exhaustMemory(database.db)).rejects.toMatchObject({ code: 'unavailable' });
  // By then the query has been handed to the thread.
  await setImmediate();
  await database[Symbol.asyncDispose]();
  await dying;
}, 30_000);

test('the database thread is replaced once when it dies, and what was going on is told', async () => {
  const errors: string[] = [];
  const { db } = await openTemporary(undefined, { ...silentLogger, error: (message) => errors.push(message) });
  await db.insertInto('host').values({ name: 'kept' }).execute();
  const transaction = db.transaction().execute(async (transaction) => {
    await transaction.insertInto('host').values({ name: 'lost' }).execute();
    await expect(exhaustMemory(transaction)).rejects.toMatchObject({ code: 'unavailable' });
    await transaction.insertInto('host').values({ name: 'after' }).execute();
  });
  await expect(transaction).rejects.toMatchObject({ code: 'unavailable' });
  expect(await db.selectFrom('host').select('name').execute()).toEqual([{ name: 'kept' }]);

  await expect(exhaustMemory(db)).rejects.toMatchObject({ code: 'unavailable' });
  await expect(db.selectFrom('host').selectAll().execute()).rejects.toMatchObject({ code: 'unavailable' });
  expect(errors).toEqual(Array(2).fill('the database thread ended unexpectedly'));
}, 30_000);
