import { sql } from 'kysely';
import pg from 'pg';
import { expect, onTestFinished, test, vi } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import type { Database } from '../../../src/storage/database.ts';
import { createEvents } from '../../../src/storage/events.ts';
import { openTestDatabase } from '../../support/open-test-database.ts';
import { postgresForTests, startPostgres } from '../../support/postgres-cluster.ts';
import { until } from '../../support/until.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const cluster = postgresForTests({ settings: ['max_connections = 20', 'superuser_reserved_connections = 0'] });

const addHost = ({ db }: Database, name: string) => db.insertInto('host').values({ name }).execute();
const hosts = async ({ db }: Database) =>
  (await db.selectFrom('host').select('name').orderBy('id').execute()).map(({ name }) => name);

async function backends(url: string): Promise<number[]> {
  const database = new URL(url).pathname.slice(1);
  const rows = await cluster().query(
    `select pid from pg_stat_activity where datname = '${database}' and pid <> pg_backend_pid()`,
  );
  return rows.map(({ pid }) => Number(pid));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('a server that crashed fails the calls, and serves them again once it is back', async () => {
  const url = await cluster().createDatabase();
  const database = await openTestDatabase(url);
  const events = createEvents(database, { clock: systemClock });
  onTestFinished(() => events[Symbol.dispose]());
  const heard: unknown[] = [];
  await events.subscribe(({ payload }) => heard.push(payload));
  await database.ownership('maintain').tryAcquire();
  await addHost(database, 'before');
  const transaction = database.db.transaction().execute(async (transaction) => {
    await transaction.insertInto('host').values({ name: 'lost' }).execute();
    const running = await backends(url);
    await cluster().stop('SIGKILL');
    // The processes of its connections notice a moment later, and serve until then.
    await until('the whole server to be gone', () => !running.some(isAlive));
    await transaction.insertInto('host').values({ name: 'lost too' }).execute();
  });
  await expect(transaction).rejects.toMatchObject({ code: 'unavailable' });
  for (const _ of [1, 2, 3]) await expect(hosts(database)).rejects.toMatchObject({ code: 'unavailable' });
  await expect(database.ownership('maintain').tryAcquire()).rejects.toMatchObject({ code: 'unavailable' });
  await expect(database.ownership('maintain').transaction(async () => {})).rejects.toMatchObject({ code: 'conflict' });
  await expect(openTestDatabase(url)).rejects.toMatchObject({ code: 'unavailable' });
  await cluster().start();
  await addHost(database, 'after');
  expect(await hosts(database)).toEqual(['before', 'after']);
  expect(await database.ownership('maintain').tryAcquire()).toBe(true);
  await createEvents(await openTestDatabase(url), { clock: systemClock }).publish('history', 'after');
  await until('the event', () => heard.length > 0, 8_000);
  expect(heard).toEqual(['after']);
});

test('a connection that the server ended is replaced', async () => {
  const url = await cluster().createDatabase();
  const database = await openTestDatabase(url);
  const transaction = database.db.transaction().execute(async (transaction) => {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(transaction);
    await cluster().query(`select pg_terminate_backend(${rows[0]?.pid})`);
    await transaction.insertInto('host').values({ name: 'lost' }).execute();
  });
  await expect(transaction).rejects.toMatchObject({ code: 'unavailable' });
  await addHost(database, 'h');
  expect(await hosts(database)).toEqual(['h']);
});

test('an event whose notification got lost is heard all the same, later', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const url = await cluster().createDatabase();
  const events = createEvents(await openTestDatabase(url), { clock: systemClock });
  onTestFinished(() => events[Symbol.dispose]());
  const heard: unknown[] = [];
  await events.subscribe(({ payload }) => heard.push(payload));
  for (const payload of [1, 2]) {
    await cluster().query(
      `insert into event (time_ms, topic, payload) values (0, 'history', '${payload}');
       select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid()`,
      url,
    );
    await until('the event', () => {
      vi.advanceTimersByTime(15_000);
      return heard.length === payload;
    });
  }
  expect(heard).toEqual([1, 2]);
});

test('a database that lets nobody write says so, and can be read', async () => {
  const url = await cluster().createDatabase();
  await addHost(await openTestDatabase(url), 'h');
  await cluster().query(`alter database ${new URL(url).pathname.slice(1)} set default_transaction_read_only = on`);
  const database = await openTestDatabase(url);
  expect(await hosts(database)).toEqual(['h']);
  await expect(addHost(database, 'other')).rejects.toMatchObject({ code: 'storage_read_only' });
  await expect(database.ownership('maintain').tryAcquire()).rejects.toMatchObject({ code: 'storage_read_only' });
});

test('an empty database that lets nobody write is refused', async () => {
  const url = await cluster().createDatabase();
  await cluster().query(`alter database ${new URL(url).pathname.slice(1)} set default_transaction_read_only = on`);
  await expect(openTestDatabase(url)).rejects.toMatchObject({ code: 'storage_read_only' });
});

test('a user without the right to create tables learns which it needs', async () => {
  const url = await cluster().createDatabase();
  await cluster().query('revoke create on schema public from public', url);
  await cluster().query('create role visitor login');
  const asVisitor = Object.assign(new URL(url), { username: 'visitor' }).href;
  await expect(openTestDatabase(asVisitor)).rejects.toMatchObject({
    code: 'storage_read_only',
    message: expect.stringContaining('CREATE on the schema'),
  });
});

test('a server without a free connection says so, until there is one', async () => {
  const url = await cluster().createDatabase();
  const database = await openTestDatabase(url);
  const taken: pg.Client[] = [];
  const takeAll = async () => {
    for (;;) {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      taken.push(client);
    }
  };
  await expect(takeAll()).rejects.toMatchObject({ code: '53300' });
  const many = Promise.all(Array.from({ length: 4 }, () => sql`select pg_sleep(0.2)`.execute(database.db)));
  await expect(many).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('max_connections'),
  });
  await expect(openTestDatabase(url)).rejects.toMatchObject({ code: 'unavailable' });
  await Promise.all(taken.map((client) => client.end()));
  await until('a connection', () =>
    addHost(database, 'h').then(
      () => true,
      () => false,
    ),
  );
  expect(await hosts(database)).toEqual(['h']);
});

test('a slow statement ends in a timeout, and the connection goes on', async () => {
  const database = await openTestDatabase(`${await cluster().createDatabase()}?statement_timeout=200`);
  await expect(sql`select pg_sleep(20)`.execute(database.db)).rejects.toMatchObject({ code: 'timeout' });
  await addHost(database, 'h');
  expect(await hosts(database)).toEqual(['h']);
});

test('a server that hangs ends in a timeout, lets this process close in seconds, and serves again when it goes on', async () => {
  const url = await cluster().createDatabase();
  const database = await openTestDatabase(`${url}?query_timeout=500`);
  const other = await openTestDatabase(url);
  for (const each of [database, other]) await each.ownership('maintain').tryAcquire();
  await Promise.all([other, other].map((each) => hosts(each)));
  const frozen = [...(await backends(url)), cluster().pid];
  const signal = (name: 'SIGSTOP' | 'SIGCONT') => frozen.forEach((pid) => void process.kill(pid, name));
  signal('SIGSTOP');
  try {
    await expect(hosts(database)).rejects.toMatchObject({ code: 'timeout' });
    const hanging = hosts(other).catch((error: unknown) => error);
    const startedMs = performance.now();
    await other[Symbol.asyncDispose]();
    expect(performance.now() - startedMs).toBeLessThan(5_000);
    expect(await hanging).toMatchObject({ code: 'unavailable' });
  } finally {
    signal('SIGCONT');
  }
  await addHost(database, 'h');
  expect(await hosts(database)).toEqual(['h']);
});

test('a login that is refused names what to check, and repeats neither password nor host', async () => {
  await using locked = await startPostgres({ password: 'right one' });
  const url = await locked.createDatabase();
  await addHost(await openTestDatabase(url), 'h');
  const wrong = Object.assign(new URL(url), { password: 'hunter2' });
  const nowhere = Object.assign(new URL(url), { pathname: '/nowhere' });
  const closed = new URL(url.replace(`:${locked.port}`, ':1'));
  for (const bad of [wrong, nowhere, closed]) {
    const error = await openTestDatabase(bad.href).catch((error: unknown) => error);
    expect(error).toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('the database URL'),
    });
    expect((error as Error).message).not.toMatch(/hunter2|127\.0\.0\.1|right/);
  }
});

test('a URL that cannot be read is refused without being repeated', async () => {
  const error = await openTestDatabase('postgres://om:hunter2@[bad/om').catch((error: unknown) => error);
  expect(error).toMatchObject({ code: 'invalid_configuration', message: expect.not.stringContaining('hunter2') });
  expect((error as Error).cause).toBeUndefined();
});
