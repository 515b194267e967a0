import { expect, test, vi } from 'vitest';
import type { Database } from '../../../src/storage/database.ts';
import { openTestDatabase } from '../../support/open-test-database.ts';
import { postgresForTests } from '../../support/postgres-cluster.ts';
import { until } from '../../support/until.ts';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

const cluster = postgresForTests();

const write = (database: Database, key: string) =>
  database.ownership('maintain').transaction(async (transaction) => {
    await transaction.insertInto('setting').values({ key, value: '1', changed_by: 'test', changed_ms: 1 }).execute();
  });

const keysOf = async ({ db }: Database) =>
  (await db.selectFrom('setting').select('key').orderBy('key').execute()).map(({ key }) => key);

/** Ends the connections that hold a role's lock in the database, as a broken network would for the server. */
const endOwners = (url: string) =>
  cluster().query(
    `select pg_terminate_backend(pid) from pg_locks
     where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`,
    url,
  );

test('roles belong to different processes at the same time', async () => {
  const url = await cluster().createDatabase();
  const [one, other] = [await openTestDatabase(url), await openTestDatabase(url)];
  expect(await one.ownership('maintain').tryAcquire()).toBe(true);
  expect(await one.ownership('collect:web-1').tryAcquire()).toBe(true);
  expect(await other.ownership('collect:web-2').tryAcquire()).toBe(true);
  expect(await other.ownership('collect:web-1').tryAcquire()).toBe(false);
  expect(await other.ownership('maintain').tryAcquire()).toBe(false);
  await one.ownership('collect:web-1').release();
  expect(await other.ownership('collect:web-1').tryAcquire()).toBe(true);
  expect(await one.ownership('maintain').tryAcquire()).toBe(true);
});

test('an owner whose connection broke writes nothing more, and can own again after the one that took over', async () => {
  const url = await cluster().createDatabase();
  const [one, other] = [await openTestDatabase(url), await openTestDatabase(url)];
  await one.ownership('maintain').tryAcquire();
  await write(one, 'one');
  await endOwners(url);
  await until('the lock to be free', () => other.ownership('maintain').tryAcquire());
  await expect(write(one, 'late')).rejects.toMatchObject({ code: 'conflict' });
  await write(other, 'other');
  expect(await one.ownership('maintain').tryAcquire()).toBe(false);
  await expect(write(one, 'still late')).rejects.toMatchObject({ code: 'conflict' });
  await other[Symbol.asyncDispose]();
  await until('the lock to be free', () => one.ownership('maintain').tryAcquire());
  await write(one, 'one again');
  expect(await keysOf(one)).toEqual(['one', 'one again', 'other']);
});

test('an owner that did not notice writes nothing either, as the epoch is another one', async () => {
  const url = await cluster().createDatabase();
  const database = await openTestDatabase(url);
  await database.ownership('maintain').tryAcquire();
  await cluster().query('update owner set epoch = epoch + 1', url);
  await expect(write(database, 'late')).rejects.toMatchObject({ code: 'conflict' });
  expect(await keysOf(database)).toEqual([]);
});

test('an owner gets a new connection by itself, and owns again when nobody took over', async () => {
  const url = await cluster().createDatabase();
  const database = await openTestDatabase(url);
  await database.ownership('maintain').tryAcquire();
  await endOwners(url);
  expect(await database.ownership('maintain').tryAcquire()).toBe(true);
  await write(database, 'one');
  expect(await keysOf(database)).toEqual(['one']);
});

test('nobody takes over while a transaction of the last owner is under way', async () => {
  const url = await cluster().createDatabase();
  const [one, other] = [await openTestDatabase(url), await openTestDatabase(url)];
  await one.ownership('maintain').tryAcquire();
  const inside = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const writing = one.ownership('maintain').transaction(async (transaction) => {
    inside.resolve();
    await goOn.promise;
    const setting = { key: 'last', value: '1', changed_by: 'test', changed_ms: 1 };
    await transaction.insertInto('setting').values(setting).execute();
  });
  await inside.promise;
  await endOwners(url);
  expect(await other.ownership('maintain').tryAcquire()).toBe(false);
  goOn.resolve();
  await writing;
  expect(await other.ownership('maintain').tryAcquire()).toBe(true);
  expect(await keysOf(other)).toEqual(['last']);
});
