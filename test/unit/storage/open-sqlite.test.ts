import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, closeSync, mkdirSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { describe, expect, test, vi } from 'vitest';
import { silentLogger } from '../../../src/core/log.ts';
import { createMetricStore } from '../../../src/metrics/metric-store.ts';
import { openSqlite } from '../../../src/storage/sqlite/open-sqlite.ts';
import { openTemporary, programPath, readingOf, startUnprivileged, temporaryDir } from './support.ts';

// Starting a process takes its time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

const hashOf = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
const modeOf = (path: string) => statSync(path).mode & 0o777;

describe('opening', () => {
  test('creates a directory and a file that only their owner may read', async () => {
    const dataDir = join(temporaryDir(), 'not', 'yet');
    await openTemporary(dataDir);
    expect(modeOf(dataDir)).toBe(0o700);
    for (const file of ['openmanager.db', 'openmanager.db-wal', 'openmanager.db-shm'])
      expect(modeOf(join(dataDir, file)), file).toBe(0o600);
  });

  test('makes a commit durable: write-ahead log, synchronised at each commit', async () => {
    const { db } = await openTemporary();
    const pragma = async (name: string) =>
      Object.values((await sql.raw(`pragma ${name}`).execute(db)).rows[0] ?? {})[0];
    expect(await pragma('journal_mode')).toBe('wal');
    expect(await pragma('synchronous')).toBe(2);
    expect(await pragma('foreign_keys')).toBe(1);
    expect(await pragma('busy_timeout')).toBe(5_000);
  });

  test('finds what was stored before', async () => {
    const dataDir = temporaryDir();
    const first = await openSqlite({ dataDir, log: silentLogger });
    await createMetricStore(first).append([readingOf('web-1', 5_000, [1, 2])]);
    await first[Symbol.asyncDispose]();
    const second = createMetricStore(await openTemporary(dataDir));
    expect((await second.latest('web-1'))?.values).toEqual(Float64Array.of(1, 2));
  });

  test('prints no notice that SQLite is experimental', async () => {
    const { status, stderr } = spawnSync(process.execPath, [programPath('open'), temporaryDir()], {
      encoding: 'utf8',
    });
    expect(status).toBe(0);
    expect(stderr).not.toContain('SQLite');
  });

  test('keeps no process alive', () => {
    const { status, signal } = spawnSync(process.execPath, [programPath('open-only'), temporaryDir()], {
      timeout: 20_000,
    });
    expect({ status, signal }).toEqual({ status: 0, signal: null });
  });
});

describe('a database of another version', () => {
  async function withVersion(major: number, minor: number) {
    const dataDir = temporaryDir();
    const database = await openSqlite({ dataDir, log: silentLogger });
    await database.db.insertInto('schema_version').values({ major, minor }).execute();
    await database[Symbol.asyncDispose]();
    return dataDir;
  }

  test('is refused, unchanged, when its major version is newer', async () => {
    const dataDir = await withVersion(2, 0);
    const before = hashOf(join(dataDir, 'openmanager.db'));
    const opening = openSqlite({ dataDir, log: silentLogger });
    await expect(opening).rejects.toMatchObject({ code: 'storage_too_new', message: expect.stringContaining('2.0') });
    expect(hashOf(join(dataDir, 'openmanager.db'))).toBe(before);
  });

  test('is used when only its minor version is newer', async () => {
    const { db } = await openTemporary(await withVersion(1, 99));
    expect(await db.selectFrom('host').selectAll().execute()).toEqual([]);
  });
});

describe('a database that cannot be used', () => {
  test('is left as it is when it is no database', async () => {
    const dataDir = temporaryDir();
    const file = join(dataDir, 'openmanager.db');
    writeFileSync(file, 'these bytes are somebody’s only copy of something\n'.repeat(500));
    const before = hashOf(file);
    const opening = openSqlite({ dataDir, log: silentLogger });
    await expect(opening).rejects.toMatchObject({
      code: 'storage_corrupt',
      message: expect.stringContaining('openmanager.db'),
    });
    expect(hashOf(file)).toBe(before);
  });

  test('is left as it is when its pages are garbled', async () => {
    const dataDir = temporaryDir();
    const file = join(dataDir, 'openmanager.db');
    const whole = await openSqlite({ dataDir, log: silentLogger });
    await createMetricStore(whole).append([readingOf('web-1', 5_000, [1, 2])]);
    await whole[Symbol.asyncDispose]();
    const handle = openSync(file, 'r+');
    writeSync(handle, Buffer.alloc(statSync(file).size - 4_096, 0xa5), 0, undefined, 4_096);
    closeSync(handle);
    const before = hashOf(file);
    const using = openSqlite({ dataDir, log: silentLogger }).then(async (database) => {
      await using open = database;
      return createMetricStore(open).append([readingOf('web-1', 10_000, [1, 2])]);
    });
    await expect(using).rejects.toMatchObject({ code: 'storage_corrupt' });
    expect(hashOf(file)).toBe(before);
  });

  test('is refused when a file stands where the data directory should be', async () => {
    const file = join(temporaryDir(), 'file');
    writeFileSync(file, '');
    for (const dataDir of [file, join(file, 'below')])
      await expect(openSqlite({ dataDir, log: silentLogger })).rejects.toMatchObject({ code: 'storage_read_only' });
  });

  test('is refused when a directory stands where its file should be', async () => {
    const dataDir = temporaryDir();
    mkdirSync(join(dataDir, 'openmanager.db'));
    const opening = openSqlite({ dataDir, log: silentLogger });
    await expect(opening).rejects.toMatchObject({ code: 'storage_read_only' });
  });

  test('is refused when its directory is read-only', async () => {
    const dataDir = temporaryDir();
    await (await openSqlite({ dataDir, log: silentLogger }))[Symbol.asyncDispose]();
    chmodSync(join(dataDir, 'openmanager.db'), 0o444);
    chmodSync(dataDir, 0o555);
    // Nothing is read-only for root.
    const [answer] = await (await startUnprivileged('open', [dataDir])).rest();
    chmodSync(dataDir, 0o700);
    expect(answer).toMatch(/^storage_read_only: openmanager\.db in the data directory cannot be opened for writing/);
  });
});
