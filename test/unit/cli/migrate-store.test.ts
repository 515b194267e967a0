import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { silentLogger } from '../../../src/core/log.ts';
import { packagePath } from '../../../src/core/package-path.ts';
import { createMetricStore } from '../../../src/metrics/metric-store.ts';
import { openSqlite } from '../../../src/storage/sqlite/open-sqlite.ts';
import { flipBit } from '../../support/flip-bit.ts';
import { openTestDatabase } from '../../support/open-test-database.ts';
import { postgresForTests } from '../../support/postgres-cluster.ts';
import { runInProcess } from '../../support/run-command-line.ts';
import { contentOf, fillStore } from '../../support/store-content.ts';
import { until } from '../../support/until.ts';
import { openTemporary, readingOf, startProgram, temporaryDir } from '../storage/support.ts';

// Starting a process takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

let dataDir: string;
beforeEach(() => {
  dataDir = join(temporaryDir(), 'data');
  vi.stubEnv('OPENMANAGER_DATA_DIR', dataDir);
});

describe('migrate-store', () => {
  const password = 'hunter2-secret';
  const cluster = postgresForTests({ password });

  async function fill() {
    await using database = await openSqlite({ dataDir, log: silentLogger });
    await fillStore(database, 4);
    return await contentOf(database);
  }

  /** Of a series that is there, in hours to come. */
  function addChunks(count: number): void {
    using database = new DatabaseSync(join(dataDir, 'openmanager.db'));
    database.exec(`
      with recursive hour(i) as (select 1000 union all select i + 1 from hour limit ${count})
      insert into chunk select i * 2147483648 + (select max(id) from series), 1, 0, 0, 0, 0, 0, x'00' from hour`);
  }

  test('copies the data folder into PostgreSQL, says how to go on, and changes nothing the second time', async () => {
    const content = await fill();
    const url = await cluster().createDatabase();
    vi.stubEnv('OPENMANAGER_DATABASE_URL', url);
    const first = await runInProcess('migrate-store');
    expect(first).toMatchObject({ code: 0, stderr: 'done\n' });
    expect(first.stdout).toMatch(
      /^Copied and compared:\n {2}2 hosts, 8 series, 40 chunks of history, 500 readings, 1,200 audit entries\n/,
    );
    expect(first.stdout).toContain('OPENMANAGER_DATABASE_URL');
    expect(await contentOf(await openTestDatabase(url))).toEqual(content);
    const second = await runInProcess('migrate-store');
    expect(second).toMatchObject({ code: 0, stderr: 'done\n' });
    expect(second.stdout).toMatch(
      /^It was copied before, nothing was changed\. What was copied then, .* may have deleted some since, or added to it:\n {2}2 hosts/,
    );
    expect(first.stdout + first.stderr).not.toContain(password);
  });

  test('says of one host with one reading what there is of it', async () => {
    {
      await using database = await openSqlite({ dataDir, log: silentLogger });
      await createMetricStore(database).append([readingOf('web-1', 1, [1])]);
    }
    vi.stubEnv('OPENMANAGER_DATABASE_URL', await cluster().createDatabase());
    expect((await runInProcess('migrate-store')).stdout).toContain(
      '  1 host, 1 series, 0 chunks of history, 1 reading, 0 audit entries\n',
    );
  });

  test('does not take a source for copied in which an import has changed one value since', async () => {
    const csv = (values: readonly number[]) => {
      const path = join(dataDir, '..', 'samples.csv');
      writeFileSync(path, `time,value\n${values.map((value, i) => `${1_700_000_000 + 60 * i},${value}\n`).join('')}`);
      return ['import', 'csv', '--host=web-1', '--metric=m', '--unit=1', path];
    };
    await runInProcess(...csv([1, 2, 3, 2]));
    const to = await cluster().createDatabase();
    expect((await runInProcess('migrate-store', '--to', to)).code).toBe(0);
    expect((await runInProcess(...csv([1, 2, 1, 2]))).stdout).toContain('0 added, 1 changed');
    expect(await runInProcess('migrate-store', '--to', to)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('a finished copy of an earlier state, which it may have outgrown'),
    });
  });

  test('takes a URL as a flag, warns of the password in it, and repeats it nowhere', async () => {
    await fill();
    const to = await cluster().createDatabase();
    const { code, stdout, stderr } = await runInProcess('migrate-store', '--to', to);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^openmanager: others .*OPENMANAGER_DATABASE_URL hides it\.\ndone\n$/);
    expect(stdout + stderr).not.toContain(password);
    const wrong = await runInProcess('migrate-store', `--to=${to.replace(password, 'wrong-secret')}`);
    expect(wrong).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('refused the login') });
    expect(wrong.stderr).not.toContain('wrong-secret');
    // Its first line warns of the password.
    expect(wrong.stderr.split('\n')[1]).not.toContain('OPENMANAGER_DATABASE_URL');
  });

  test('stopped or killed on the way, it goes on when it is run again, or begins anew when a value has changed', async () => {
    await fill();
    addChunks(25_000);
    const url = await cluster().createDatabase();
    const env = { ...process.env, OPENMANAGER_DATA_DIR: dataDir, OPENMANAGER_DATABASE_URL: url };
    const copied = async () =>
      Number(
        (
          await cluster()
            .query('select count(*) as n from chunk', url)
            .catch(() => [])
        )[0]?.n ?? 0,
      );
    for (const [signal, code, said] of [
      ['SIGINT', 130, 'Stopped. What was copied stays: run the same command again to go on.\n'],
      ['SIGKILL', null, ''],
    ] as const) {
      const before = await copied();
      const child = spawn(process.execPath, [packagePath('src', 'main.ts'), 'migrate-store'], { env });
      onTestFinished(() => void child.kill('SIGKILL'));
      let stderr = '';
      child.stderr.on('data', (chunk) => (stderr += chunk));
      const ended = once(child, 'close');
      await until('it to copy', async () => child.exitCode !== null || (await copied()) > before);
      child.kill(signal);
      expect({ code: (await ended)[0], stderr }).toEqual({ code, stderr: said });
      expect(await copied()).toBeLessThan(25_000);
    }
    vi.stubEnv('OPENMANAGER_DATABASE_URL', url);
    // Nobody else takes half a copy for a database.
    const refused = await runInProcess('export');
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(
      /half a copy: run the "openmanager migrate-store" or "openmanager restore" that began/,
    );
    // Of a row that has been copied.
    const first = 'where id = (select min(id) from chunk)';
    {
      using source = new DatabaseSync(join(dataDir, 'openmanager.db'));
      source.exec(`update chunk set sum = 12345 ${first}`);
    }
    expect(await cluster().query(`select sum from chunk ${first}`, url)).not.toEqual([{ sum: 12345 }]);
    // The server needs a moment to notice that the other process is gone.
    await until('the copy to be finished', async () => (await runInProcess('migrate-store')).code === 0);
    expect(await copied()).toBe(25_040);
    expect(await cluster().query(`select sum from chunk ${first}`, url)).toEqual([{ sum: 12345 }]);
    // The chunks that were added hold no samples that can be read; that it is opened is what counts.
    expect((await runInProcess('export')).stderr).not.toContain('half a copy');
  });

  test('is refused while a server uses the data folder', async () => {
    await fill();
    const owner = startProgram('own', [dataDir]);
    expect(await owner.nextLine()).toBe('true');
    vi.stubEnv('OPENMANAGER_DATABASE_URL', await cluster().createDatabase());
    expect(await runInProcess('migrate-store')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining(`Another OpenManager uses ${dataDir}.`),
    });
  });

  test('a PostgreSQL database is backed up into one file, which both stores are restored from', async () => {
    const url = await cluster().createDatabase();
    vi.stubEnv('OPENMANAGER_DATABASE_URL', url);
    const live = await openTestDatabase(url);
    await fillStore(live, 4);
    const content = await contentOf(live);
    const file = join(dataDir, '..', 'backup.db');
    expect(await runInProcess('backup', file)).toMatchObject({ code: 0, stdout: expect.stringContaining(file) });

    const other = await cluster().createDatabase();
    vi.stubEnv('OPENMANAGER_DATABASE_URL', other);
    expect(await runInProcess('restore', file)).toMatchObject({ code: 0 });
    expect(await contentOf(await openTestDatabase(other))).toEqual(content);

    vi.stubEnv('OPENMANAGER_DATABASE_URL', undefined);
    expect(await runInProcess('restore', file)).toMatchObject({ code: 0 });
    expect(await contentOf(await openTemporary(dataDir))).toEqual(content);
  });

  test('damaged hours are copied into PostgreSQL, backed up and restored as they are, and each says so', async () => {
    await fill();
    flipBit(dataDir, 9);
    const attention =
      /^Attention: 1 damaged hour of a series: m1 of web-1, the hour from 1970-01-01T01:00:00Z\. What cannot be read (.*) as it is; an older backup may have it whole\.$/m;
    const file = join(dataDir, '..', 'backup.db');
    vi.stubEnv('OPENMANAGER_DATABASE_URL', await cluster().createDatabase());
    const migrated = await runInProcess('migrate-store');
    const backedUp = await runInProcess('backup', file);
    vi.stubEnv('OPENMANAGER_DATABASE_URL', await cluster().createDatabase());
    const restored = await runInProcess('restore', file);
    expect([migrated, backedUp, restored].map(({ code, stdout }) => [code, attention.exec(stdout)?.[1]])).toEqual([
      [0, 'was copied'],
      [0, 'is in the backup'],
      [0, 'was restored'],
    ]);
  });

  test('a restore into a PostgreSQL database with other data is refused', async () => {
    await fill();
    const file = join(dataDir, '..', 'backup.db');
    expect((await runInProcess('backup', file)).code).toBe(0);
    const url = await cluster().createDatabase();
    const live = await openTestDatabase(url);
    await createMetricStore(live).append([readingOf('mine', 1, [1])]);
    vi.stubEnv('OPENMANAGER_DATABASE_URL', url);
    expect(await runInProcess('restore', file)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('The database to copy to holds rows in its table'),
    });
    expect((await createMetricStore(live).hosts()).map(({ host }) => host)).toEqual(['mine']);
  });

  test('a backup is not called restored where it was restored before and rows were deleted since', async () => {
    await fill();
    const file = join(dataDir, '..', 'backup.db');
    await runInProcess('backup', file);
    const url = await cluster().createDatabase();
    vi.stubEnv('OPENMANAGER_DATABASE_URL', url);
    expect(await runInProcess('restore', file)).toMatchObject({ code: 0 });
    await cluster().query('delete from chunk', url);
    expect(await runInProcess('restore', file)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining(
        `holds a copy of ${file} that was finished before, and that may have been used since. Name an empty one. Nothing was changed.`,
      ),
    });
    expect(await cluster().query('select count(*)::int as n from chunk', url)).toEqual([{ n: 0 }]);
  });
});

test('a restore into PostgreSQL takes no --force', async () => {
  vi.stubEnv('OPENMANAGER_DATABASE_URL', 'postgres://host/db');
  expect(await runInProcess('restore', join(dataDir, 'backup.db'), '--force')).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining(
      '--force replaces the database of a data folder alone. With PostgreSQL name an empty',
    ),
  });
});

test.each([
  [[], 2, 'set OPENMANAGER_DATABASE_URL, or pass --to URL'],
  [['--to', 'mysql://user:secret@host/db'], 2, '--to must begin with postgres:// or postgresql://'],
  [['--to', 'postgres://host/db'], 1, 'has no openmanager.db'],
])('migrate-store %j is refused', async (flags, code, message) => {
  const ran = await runInProcess('migrate-store', ...flags);
  expect(ran).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(message) });
  expect(ran.stderr).not.toContain('secret');
});
