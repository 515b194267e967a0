import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { silentLogger } from '../../../src/core/log.ts';
import { packagePath } from '../../../src/core/package-path.ts';
import { createMetricStore } from '../../../src/metrics/metric-store.ts';
import { openSqlite } from '../../../src/storage/sqlite/open-sqlite.ts';
import { flipBit } from '../../support/flip-bit.ts';
import { runInProcess } from '../../support/run-command-line.ts';
import { run } from '../../support/run-program.ts';
import { contentOf, fillStore } from '../../support/store-content.ts';
import { until } from '../../support/until.ts';
import { openTemporary, readingOf, startProgram, temporaryDir } from '../storage/support.ts';

// Starting a process takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

let dataDir: string;
let file: string;
beforeEach(() => {
  const folder = temporaryDir();
  dataDir = join(folder, 'data');
  file = join(folder, 'backup.db');
  vi.stubEnv('OPENMANAGER_DATA_DIR', dataDir);
});

const databasePath = (dir = dataDir) => join(dir, 'openmanager.db');

/** A data folder in which one reading was stored, nothing open. */
async function store(host: string, dir = dataDir): Promise<void> {
  await using database = await openSqlite({ dataDir: dir, log: silentLogger });
  await createMetricStore(database).append([readingOf(host, 1, [1])]);
}

async function hostsIn(dir: string): Promise<string[]> {
  await using database = await openSqlite({ dataDir: dir, log: silentLogger });
  return (await createMetricStore(database).hosts()).map(({ host }) => host);
}

/** A folder in which a backup lies as the database. */
function dirOf(backup: string): string {
  const dir = temporaryDir();
  copyFileSync(backup, databasePath(dir));
  return dir;
}

const program = (...words: string[]) => [packagePath('src', 'main.ts'), ...words];

describe('a backup', () => {
  test('holds everything, is one file for its owner alone, and is restored to the same', async () => {
    await using database = await openSqlite({ dataDir, log: silentLogger });
    await fillStore(database, 4);
    const content = await contentOf(database);
    const { code, stdout } = await runInProcess('backup', file);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^Backup: ${file}, `));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(dirname(file)).sort()).toEqual(['backup.db', 'data']);

    vi.stubEnv('OPENMANAGER_DATA_DIR', join(dataDir, 'new'));
    expect(await runInProcess('restore', file)).toMatchObject({ code: 0, stdout: expect.stringContaining('Restored') });
    expect(await contentOf(await openTemporary(join(dataDir, 'new')))).toEqual(content);
    expect((await runInProcess('doctor', '--port=0')).code).toBe(0);
  });

  test('of damaged hours is written and restored as it is, and says each time how many and which', async () => {
    {
      await using database = await openSqlite({ dataDir, log: silentLogger });
      await fillStore(database, 4);
    }
    for (const row of [9, 10]) flipBit(dataDir, row);
    const chunks = (dir: string) => {
      using database = new DatabaseSync(databasePath(dir));
      return database.prepare('select * from chunk order by id').all();
    };
    const found =
      '2 damaged hours of series, the first: m1 of web-1, the hour from 1970-01-01T01:00:00Z. What cannot be read';
    const { code, stdout } = await runInProcess('backup', file);
    expect([code, stdout.trimEnd().split('\n').at(-1)]).toEqual([
      0,
      `Attention: ${found} is in the backup as it is; an older backup may have it whole.`,
    ]);
    const restored = join(dataDir, 'new');
    vi.stubEnv('OPENMANAGER_DATA_DIR', restored);
    const restore = await runInProcess('restore', file);
    expect([restore.code, restore.stdout.trimEnd().split('\n')]).toEqual([
      0,
      [
        `Restored ${file} to ${databasePath(restored)}.`,
        `Attention: ${found} was restored as it is; an older backup may have it whole.`,
      ],
    ]);
    expect(chunks(restored)).toEqual(chunks(dataDir));
    expect(readdirSync(restored)).toEqual(['openmanager.db', 'owner.db']);
  });

  test('taken while another process stores has all that was acknowledged before, and does not stop it', async () => {
    const writer = startProgram('append', [dataDir, 'web-1']);
    let acknowledged = 0;
    while (acknowledged < 50) acknowledged = Number(await writer.nextLine());
    expect((await runInProcess('backup', file)).code).toBe(0);
    const later = Number(await writer.nextLine());
    expect(later).toBeGreaterThan(acknowledged);
    const copy = createMetricStore(await openTemporary(dirOf(file)));
    const [series] = await copy.series({ host: 'web-1', metric: 'm0' });
    const id = series?.id ?? -1;
    const samples = await copy.read({ host: 'web-1', seriesIds: [id], fromMs: 0, toMs: Number.POSITIVE_INFINITY });
    const times = [...(samples.get(id)?.timesMs ?? [])];
    expect(times.length).toBeGreaterThanOrEqual(acknowledged);
    expect(times).toEqual(times.map((_, i) => i + 1));
  });

  test('never replaces a file, unless that is asked for', async () => {
    await store('web-1');
    writeFileSync(file, 'precious');
    expect(await runInProcess('backup', file)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: `openmanager: ${file} exists already: name another file, or add --force. Nothing was changed.\n`,
    });
    expect(readFileSync(file, 'utf8')).toBe('precious');
    expect((await runInProcess('backup', file, '--force')).code).toBe(0);
    expect(await hostsIn(dirOf(file))).toEqual(['web-1']);
  });

  test('is refused where there is nothing to back up, no folder for it, or no name', async () => {
    expect(await runInProcess('backup', file)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('has no openmanager.db'),
    });
    expect(existsSync(dataDir)).toBe(false);
    await store('web-1');
    const nowhere = join(dataDir, 'no', 'where.db');
    expect(await runInProcess('backup', nowhere)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`There is no ${nowhere}`),
    });
    expect(await runInProcess('backup')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('openmanager backup FILE'),
    });
    expect(await runInProcess('backup', dirname(file), '--force')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is no file'),
    });
  });

  const limiter = '/usr/bin/prlimit';
  test('that does not fit on its disk is told, and leaves nothing', async ({ skip }) => {
    skip(!existsSync(limiter) && process.env.CI_REQUIRE_SERVICES !== '1', `${limiter} is not installed`);
    await enlarge(dataDir, 2);
    const args = ['--fsize=1000000', process.execPath, ...program('backup', file)];
    const { exitCode, stderr } = await run(limiter, args, { env: { OPENMANAGER_DATA_DIR: dataDir } });
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining(`${file}.partial-`) });
    expect(readdirSync(dirname(file))).toEqual(['data']);
  });
});

describe('a restore', () => {
  beforeEach(async () => {
    const dir = temporaryDir();
    await store('from-backup', dir);
    copyFileSync(databasePath(dir), file);
  });

  test('keeps what was there under a name that it tells, and only with --force', async () => {
    await store('live');
    expect(await runInProcess('restore', file)).toMatchObject({ code: 1, stderr: expect.stringContaining('--force') });
    expect(await hostsIn(dataDir)).toEqual(['live']);
    const { code, stdout } = await runInProcess('restore', file, '--force');
    expect(code).toBe(0);
    const kept = /What was there is (\S+)\.$/m.exec(stdout)?.[1] ?? '';
    expect(basename(kept)).toMatch(/^openmanager\.db\.before-restore-\d{8}T\d{9}Z$/);
    expect(await hostsIn(dataDir)).toEqual(['from-backup']);
    expect(await hostsIn(dirOf(kept))).toEqual(['live']);
  });

  test('keeps what a crash had left in the write-ahead log of the old database', async () => {
    const writer = startProgram('append', [dataDir, 'web-1']);
    let acknowledged = 0;
    while (acknowledged < 20) acknowledged = Number(await writer.nextLine());
    writer.process.kill('SIGKILL');
    await writer.rest();
    expect(statSync(`${databasePath()}-wal`).size).toBeGreaterThan(0);
    const { code, stdout } = await runInProcess('restore', file, '--force');
    expect(code).toBe(0);
    const kept = createMetricStore(await openTemporary(dirOf(/is (\S+)\.$/m.exec(stdout)?.[1] ?? '')));
    expect((await kept.latest('web-1'))?.timestampMs).toBeGreaterThanOrEqual(acknowledged);
    expect(await hostsIn(dataDir)).toEqual(['from-backup']);
  });

  test('tells first that its file is missing or was not named, and makes no data folder', async () => {
    const missing = join(dirname(file), 'missing.db');
    for (const make of [async () => {}, () => store('live')]) {
      await make();
      const existed = existsSync(dataDir);
      expect(await runInProcess('restore', missing)).toMatchObject({
        code: 1,
        stderr: `openmanager: There is no file ${missing}.\n`,
      });
      expect(await runInProcess('restore')).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('openmanager restore FILE'),
      });
      expect(existsSync(dataDir)).toBe(existed);
    }
  });

  test('replaces a damaged database too, and keeps all its files', async () => {
    mkdirSync(dataDir);
    for (const suffix of ['', '-wal', '-shm']) writeFileSync(databasePath() + suffix, `garbage${suffix}`.repeat(1_000));
    const { code, stdout } = await runInProcess('restore', file, '--force');
    expect(code).toBe(0);
    expect(await hostsIn(dataDir)).toEqual(['from-backup']);
    const kept = /is (\S+)\.$/m.exec(stdout)?.[1] ?? '';
    expect(readFileSync(kept, 'utf8')).toBe('garbage'.repeat(1_000));
    expect(readFileSync(`${kept}-wal`, 'utf8')).toBe('garbage-wal'.repeat(1_000));
  });

  test('takes no write-ahead log for its own that a deleted database left', async () => {
    mkdirSync(dataDir);
    const writer = startProgram('append', [dataDir, 'web-1']);
    for (let i = 0; i < 20; i += 1) await writer.nextLine();
    writer.process.kill('SIGKILL');
    await writer.rest();
    rmSync(databasePath());
    expect((await runInProcess('restore', file)).code).toBe(0);
    expect(await hostsIn(dataDir)).toEqual(['from-backup']);
  });

  test('is refused while another process owns the data folder, or has its database open', async () => {
    await store('live');
    const owner = startProgram('own', [dataDir]);
    expect(await owner.nextLine()).toBe('true');
    const refused = { code: 1, stderr: expect.stringContaining('Another OpenManager uses') };
    expect(await runInProcess('restore', file, '--force')).toMatchObject(refused);
    owner.process.kill('SIGKILL');
    await owner.rest();
    const open = await openSqlite({ dataDir, log: silentLogger });
    expect(await runInProcess('restore', file, '--force')).toMatchObject(refused);
    await open[Symbol.asyncDispose]();
    expect(await hostsIn(dataDir)).toEqual(['live']);
    expect((await runInProcess('restore', file, '--force')).code).toBe(0);
  });

  const refusals: [string, string, () => void][] = [
    ['is missing', 'There is no file', () => {}],
    ['is no database', 'is damaged, or no database of OpenManager', () => writeFileSync(file, 'text'.repeat(3_000))],
    [
      'is a database of another program',
      'no database of OpenManager',
      () => {
        using other = new DatabaseSync(file);
        other.exec('create table notes (text)');
      },
    ],
    [
      'is of a newer version',
      'written by a newer OpenManager',
      () => {
        copyFileSync(`${file}.whole`, file);
        using newer = new DatabaseSync(file);
        newer.exec('insert into schema_version values (2, 0)');
      },
    ],
    [
      'has garbled pages',
      'is damaged',
      () => {
        const bytes = readFileSync(`${file}.whole`);
        bytes.fill(0xa5, 8_192, 24_576);
        writeFileSync(file, bytes);
      },
    ],
  ];
  test.each(refusals)('of a file that %s changes nothing', async (_, message, make) => {
    await store('live');
    copyFileSync(file, `${file}.whole`);
    rmSync(file);
    make();
    const { code, stdout, stderr } = await runInProcess('restore', file, '--force');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(message);
    expect(await hostsIn(dataDir)).toEqual(['live']);
    expect(readdirSync(dataDir).filter((name) => name.includes('partial') || name.includes('before'))).toEqual([]);
  });
});

/** Megabytes that nothing reads, so that copying takes a while. */
async function enlarge(dir: string, megabytes: number): Promise<void> {
  await store('large', dir);
  using database = new DatabaseSync(databasePath(dir));
  const size = `with recursive n(i) as (select 1 union all select i + 1 from n limit ${megabytes * 100})`;
  database.exec(`${size} insert into setting select 'filler' || i, hex(randomblob(5000)), 'test', 0 from n`);
}

describe('a process that is killed', () => {
  /** Runs a command until it has begun to write in `folder`, and a while longer. */
  async function killed(folder: string, afterMs: number, ...words: string[]): Promise<void> {
    const before = new Set(readdirSync(folder));
    const env = { ...process.env, OPENMANAGER_DATA_DIR: dataDir };
    const child = spawn(process.execPath, program(...words), { env, stdio: 'ignore' });
    const ended = once(child, 'exit');
    onTestFinished(() => void child.kill('SIGKILL'));
    await until(
      'it to begin',
      () =>
        child.exitCode !== null || readdirSync(folder).some((name) => name.includes('.partial-') && !before.has(name)),
    );
    await setTimeout(afterMs);
    child.kill('SIGKILL');
    await ended;
  }

  /** What the processes have left, but for a folder in which nothing was begun. */
  function leftIn(folder: string): string[] {
    return readdirSync(folder)
      .filter((name) => name.includes('.partial-'))
      .flatMap((name) => readdirSync(join(folder, name)));
  }

  test('in a backup leaves no file or a whole one', async () => {
    await enlarge(dataDir, 20);
    for (const afterMs of [0, 60, 200, 500]) {
      await killed(dirname(file), afterMs, 'backup', file, '--force');
      if (existsSync(file)) expect(await hostsIn(dirOf(file))).toEqual(['large']);
    }
    expect((await runInProcess('backup', file, '--force')).code).toBe(0);
    expect(await hostsIn(dirOf(file))).toEqual(['large']);
    expect(await hostsIn(dataDir)).toEqual(['large']);
    expect(leftIn(dirname(file))).toEqual([]);
  });

  test('in a restore leaves the old database or the new one', async () => {
    await store('live');
    const dir = temporaryDir();
    await enlarge(dir, 20);
    copyFileSync(databasePath(dir), file);
    const seen = new Set<string>();
    for (const afterMs of [0, 60, 200, 500, 2_000]) {
      await killed(dataDir, afterMs, 'restore', file, '--force');
      const hosts = await hostsIn(dataDir);
      expect([['live'], ['large']]).toContainEqual(hosts);
      seen.add(hosts.join());
    }
    expect((await runInProcess('restore', file, '--force')).code).toBe(0);
    expect(await hostsIn(dataDir)).toEqual(['large']);
    expect(seen.has('live')).toBe(true);
    expect(leftIn(dataDir)).toEqual([]);
  });
});
