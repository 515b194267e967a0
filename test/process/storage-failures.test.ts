import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { packagePath } from '../../src/core/package-path.ts';
import { type ProgramCommand, programCommand } from '../support/program.ts';
import { run, runProgram } from '../support/run-program.ts';
import { openStdio, type StdioSession, textOf } from '../support/stdio-session.ts';
import { storedMetrics, storeHistory } from '../support/stored-history.ts';
import { type TemporaryDir, temporaryDir } from '../support/temporary-dir.ts';
import { until } from '../support/until.ts';

let data: TemporaryDir;
beforeEach(() => {
  data = temporaryDir();
});
afterEach(() => data[Symbol.dispose]());

const host = 'web-1';
const metric = storedMetrics[0];

async function started(dataDir: string): Promise<StdioSession> {
  const server = openStdio(programCommand(dataDir, 'stdio'));
  await server.initialize();
  return server;
}

async function call(server: StdioSession, name: string, args: Record<string, unknown> = {}) {
  const answer = await server.request('tools/call', { name, arguments: args });
  return { text: textOf(answer), isError: answer.result?.isError === true };
}

/** What this host does now needs no database. */
async function expectLiveAnswers(server: StdioSession): Promise<void> {
  expect(await call(server, 'get_host_snapshot')).toMatchObject({
    isError: false,
    text: expect.stringMatching(/^cpu: busy/m),
  });
}

async function expectRefused(server: StdioSession, code: string): Promise<void> {
  for (const [name, args] of [
    ['query_audit_log', {}],
    ['query_metrics', { metric: 'system.cpu.utilization' }],
    ['detect_anomalies', {}],
  ] as const) {
    const { text, isError } = await call(server, name, args);
    expect({ isError, text }, name).toEqual({ isError: true, text: expect.stringContaining(`Error (${code}): `) });
    expect(text, name).toContain('openmanager.db in the data directory');
    expect(text, name).not.toContain(data.path);
  }
}

async function expectEndsWell(server: StdioSession): Promise<void> {
  server.closeInput();
  expect(await server.ended).toEqual({ code: 0, signal: null });
  for (const message of server.messages) expect(message).toMatchObject({ jsonrpc: '2.0' });
}

describe('a data folder that is a file', () => {
  test.each(['file', 'file/below'])(
    '%s: this host is answered for, and what needs the database says why',
    async (path) => {
      writeFileSync(join(data.path, 'file'), 'kept');
      const server = await started(join(data.path, path));
      await expectLiveAnswers(server);
      await expectRefused(server, 'storage_read_only');
      await expectEndsWell(server);
      expect(readFileSync(join(data.path, 'file'), 'utf8')).toBe('kept');
    },
  );

  test('serve, which cannot create its token there, says so and ends', async () => {
    const file = join(data.path, 'file');
    writeFileSync(file, '');
    const { exitCode, stdout, stderr } = await runProgram(file, ['serve', '--port', '0']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(/^openmanager: The token file \S+ cannot be (read|created) \(ENOTDIR\)\.\n$/);
  });
});

test('a data folder that is read-only is told', async () => {
  using program = temporaryDir();
  chmodSync(data.path, 0o555);
  const server = openStdio(unprivilegedCommand(program.path, data.path), { cwd: data.path });
  await server.initialize();
  await expectLiveAnswers(server);
  await expectRefused(server, 'storage_read_only');
  await expectEndsWell(server);
  chmodSync(data.path, 0o700);
});

/** Root may write anywhere: it starts a copy that everybody can read, which gives up its rights before anything else. */
function unprivilegedCommand(folder: string, dataDir: string): ProgramCommand {
  const command = programCommand(dataDir, 'stdio');
  if (process.getuid?.() !== 0) return command;
  chmodSync(folder, 0o755);
  for (const name of ['dist', 'package.json']) cpSync(packagePath(name), join(folder, name), { recursive: true });
  const becomeNobody = 'process.setgroups([]);process.setgid(65534);process.setuid(65534)';
  const args = ['--import', `data:text/javascript,${becomeNobody}`, join(folder, 'dist', 'main.js'), 'stdio'];
  return { ...command, args };
}

describe('a database that is damaged', () => {
  const damages: [string, (bytes: Buffer) => Buffer][] = [
    ['is no database', () => Buffer.from('no database\n'.repeat(1_000))],
    [
      'has garbled pages',
      (bytes) => Buffer.concat([bytes.subarray(0, 4_096), Buffer.alloc(bytes.length - 4_096, 0xa5)]),
    ],
  ];

  test.each(damages)('and %s is left as it is, while this host is answered for', async (_name, damage) => {
    await storeHistory(data.path, { host, hours: 1, stepMs: 60_000 });
    const file = join(data.path, 'openmanager.db');
    writeFileSync(file, damage(readFileSync(file)));
    const before = hashOf(file);
    const server = await started(data.path);
    await expectLiveAnswers(server);
    await expectRefused(server, 'storage_corrupt');
    await expectEndsWell(server);
    expect(hashOf(file)).toBe(before);
  });
});

// The limit on the size of a file stands for a disk without room: a write beyond it fails the same way.
const limiter = '/usr/bin/prlimit';
describe.skipIf(!existsSync(limiter) && process.env.CI_REQUIRE_SERVICES !== '1')(
  `a disk without room (${limiter})`,
  () => {
    test('is told, what was stored is read, and the program goes on and stores again once there is room', async () => {
      await storeHistory(data.path, { host, hours: 2, stepMs: 60_000 });
      const { command, args, env } = programCommand(data.path, 'stdio');
      const limited = ['--fsize=300000:unlimited', command, ...args];
      const server = openStdio({ command: limiter, args: limited, env });
      await server.initialize();
      // Failed calls are recorded at once: their arguments fill the log.
      const filler = 'x'.repeat(3_500);
      await until('the disk to be full', async () => {
        await call(server, 'query_metrics', { metric: 'nothing', nonsense: filler });
        return server.stderr() !== '';
      });
      expect(server.stderr()).toContain('openmanager.db');
      await expectLiveAnswers(server);
      expect(await call(server, 'query_metrics', { host, metric, from: '-3h' })).toMatchObject({
        isError: false,
        text: expect.stringContaining('; 120 samples'),
      });
      await run(limiter, ['--pid', String(server.pid), '--fsize=unlimited:unlimited']);
      const stored = journalRows();
      await until('a reading to be stored again', () => journalRows() > stored);
      await until('the log to be written again', async () => !(await call(server, 'query_audit_log')).isError);
      await expectEndsWell(server);
    });

    function journalRows(): number {
      using database = new DatabaseSync(join(data.path, 'openmanager.db'), { readOnly: true });
      return Number(database.prepare('select count(*) as n from journal').get()?.n);
    }
  },
);

function hashOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
