import { chmodSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { flagKeys, flagName } from '../../src/config/schema.ts';
import { programVersion } from '../../src/version.ts';
import { type FinishedRun, type RunOptions, runProgram } from '../support/run-program.ts';
import { type TemporaryDir, temporaryDir } from '../support/temporary-dir.ts';

const commands = [
  'stdio',
  'serve',
  'doctor',
  'token',
  'import',
  'export',
  'backup',
  'restore',
  'migrate-store',
  'service',
];

let data: TemporaryDir;
let work: TemporaryDir;
beforeEach(() => {
  data = temporaryDir();
  work = temporaryDir();
});
afterEach(() => {
  data[Symbol.dispose]();
  work[Symbol.dispose]();
});

const openmanager = (words: readonly string[], options: RunOptions = {}): Promise<FinishedRun> =>
  runProgram(data.path, words, { cwd: work.path, ...options });

/** It says what was wrong in one line on stderr, with what is valid, and nothing on stdout. */
function expectRefused({ exitCode, stdout, stderr }: FinishedRun, ...named: readonly string[]): void {
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toMatch(/^openmanager: [^\n]+\n$/);
  for (const name of named) expect(stderr).toContain(name);
}

describe('help and version', () => {
  test.each([['--help'], ['-h'], ['help'], []])('the program shows its commands and options: %s', async (...words) => {
    const { exitCode, stdout, stderr } = await openmanager(words);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    for (const command of commands) expect(stdout).toContain(`openmanager ${command}`);
    for (const key of flagKeys) expect(stdout).toContain(`--${flagName(key)} `);
    expect(stdout.split('\n').filter((line) => line.length > 160)).toEqual([]);
  });

  test.each(commands)('%s --help shows its own use, and starts nothing', async (command) => {
    const { exitCode, stdout, stderr } = await openmanager([command, '--help']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^openmanager ${command}`));
    expect(readdirSync(data.path)).toEqual([]);
  });

  test.each([[], ...commands.map((command) => [command])])('%s --version prints the version', async (...words) => {
    const run = await openmanager([...words, '--version']);
    expect(run).toEqual({ exitCode: 0, stdout: `${programVersion()}\n`, stderr: '' });
  });
});

describe('what is unknown is refused, with what is valid', () => {
  test('a command', async () => {
    expectRefused(await openmanager(['sevre']), 'sevre', 'Did you mean serve?', ...commands);
  });

  test('a flag', async () => {
    for (const command of commands)
      expectRefused(
        await openmanager([command, '--logg-level', 'x']),
        '--logg-level',
        'Did you mean --log-level?',
        'the settings that "openmanager --help" lists',
      );
  });

  test('an environment variable', async () => {
    const env = { OPENMANAGER_PROT: '1' };
    expectRefused(await openmanager(['serve'], { env }), 'OPENMANAGER_PROT', 'Did you mean OPENMANAGER_PORT?');
  });

  test('a key of the configuration file, wherever it is', async () => {
    for (const folder of [work.path, data.path]) {
      const file = join(folder, 'openmanager.config.json');
      writeFileSync(file, '{"prot": 1}');
      expectRefused(await openmanager(['token', 'show']), file, 'prot', 'Did you mean port?');
      rmSync(file);
    }
  });

  test('what follows token', async () => {
    expectRefused(await openmanager(['token', 'shwo']), 'openmanager token show');
  });
});

describe('a value that is not valid is refused, with where it came from', () => {
  test.each([
    [['serve', '--port', '70000'], {}, '--port'],
    [['serve', '--port'], {}, '--port needs a value'],
    [['serve', '--read-only=maybe'], {}, '--read-only'],
    [['serve'], { OPENMANAGER_PORT: 'http' }, 'OPENMANAGER_PORT'],
    [['stdio', '--toolsets', 'observe,everything'], {}, '--toolsets'],
    [['stdio'], { OPENMANAGER_LOG_LEVEL: 'loud' }, 'OPENMANAGER_LOG_LEVEL'],
  ])('%j %j', async (words, env, named) => {
    expectRefused(await openmanager(words, { env }), named);
  });

  test('a configuration file that is broken or missing', async () => {
    const file = join(work.path, 'openmanager.config.json');
    for (const text of ['{', '[]', '{"port": "x"}']) {
      writeFileSync(file, text);
      expectRefused(await openmanager(['doctor']), file);
    }
    writeFileSync(file, '{}');
    expectRefused(await openmanager(['doctor', '--config', 'nowhere.json']), 'nowhere.json');
  });
});

interface Report {
  readonly healthy: boolean;
  readonly findings: readonly { check: string; state: string; found: string; fix?: string }[];
}

describe('doctor', () => {
  async function diagnose(...flags: string[]): Promise<{ exitCode: number | null; report: Report }> {
    const { exitCode, stdout, stderr } = await openmanager(['doctor', '--json', ...flags]);
    expect(stderr).toBe('');
    return { exitCode, report: JSON.parse(stdout) as Report };
  }
  const finding = ({ findings }: Report, check: string) => findings.find((one) => one.check === check);

  test('finds nothing wrong where it never ran, and creates nothing', async () => {
    const { exitCode, report } = await diagnose('--data-dir', join(data.path, 'not', 'yet'), '--port', '0');
    expect({ exitCode, healthy: report.healthy }).toEqual({ exitCode: 0, healthy: true });
    expect(finding(report, 'database')?.found).toContain('none yet');
    expect(finding(report, 'token')?.found).toContain('none yet');
    expect(readdirSync(data.path)).toEqual([]);
  });

  test('says the same to people as to programs', async () => {
    const { report } = await diagnose('--port', '0');
    const { exitCode, stdout, stderr } = await openmanager(['doctor', '--port', '0']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    for (const { check } of report.findings) expect(stdout).toContain(`  ${check}: `);
  });

  test('finds the database and the token of a folder that is in use', async () => {
    await openmanager(['token', 'show']);
    const { openSqlite } = await import('../../src/storage/sqlite/open-sqlite.ts');
    const { silentLogger } = await import('../../src/core/log.ts');
    await using _database = await openSqlite({ dataDir: data.path, log: silentLogger });
    const { exitCode, report } = await diagnose('--port', '0');
    expect(exitCode).toBe(0);
    expect(finding(report, 'database')?.found).toMatch(/^SQLite, \d/);
    expect(finding(report, 'token')).toMatchObject({ state: 'ok', found: join(data.path, 'token') });
  });

  test('finds a token that others can read, and says how to mend it', async () => {
    await openmanager(['token', 'show']);
    chmodSync(join(data.path, 'token'), 0o644);
    const { exitCode, report } = await diagnose('--port', '0');
    expect({ exitCode, healthy: report.healthy }).toEqual({ exitCode: 1, healthy: false });
    expect(finding(report, 'token')).toMatchObject({ state: 'problem', fix: expect.stringContaining('chmod 600') });
  });

  test('finds a port that is taken', async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
    });
    const { exitCode, report } = await diagnose('--port', String(port));
    server.close();
    // It may be the serve that is wanted there.
    expect(exitCode).toBe(0);
    expect(finding(report, 'port')).toMatchObject({ state: 'warning', found: `127.0.0.1:${port} is in use` });
  });

  test('finds a database that is damaged', async () => {
    writeFileSync(join(data.path, 'openmanager.db'), 'no database\n'.repeat(1_000));
    const { exitCode, report } = await diagnose('--port', '0');
    expect(exitCode).toBe(1);
    expect(finding(report, 'database')).toMatchObject({ state: 'problem', found: expect.stringContaining('damaged') });
  });

  test('finds a file where the data folder should be', async () => {
    const file = join(data.path, 'file');
    writeFileSync(file, '');
    const { exitCode, report } = await diagnose('--port', '0', '--data-dir', file);
    expect(exitCode).toBe(1);
    expect(finding(report, 'data folder')).toMatchObject({ state: 'problem' });
  });
});

describe('token show', () => {
  test('prints the same token each time, which only its owner can read', async () => {
    const first = await openmanager(['token', 'show']);
    expect(first).toMatchObject({ exitCode: 0, stderr: '', stdout: expect.stringMatching(/^[\w-]{43}\n$/) });
    expect(await openmanager(['token', 'show'])).toEqual(first);
    expect(statSync(join(data.path, 'token')).mode & 0o777).toBe(0o600);
    expect(readdirSync(data.path)).toEqual(['token']);
  });

  test('says why it cannot, with exit code 1', async () => {
    mkdirSync(join(data.path, 'token'));
    const { exitCode, stdout, stderr } = await openmanager(['token', 'show']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(/^openmanager: The token file \S+ cannot be read \(EISDIR\)\.\n$/);
  });
});
