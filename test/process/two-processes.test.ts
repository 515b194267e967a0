import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { programCommand } from '../support/program.ts';
import { runProgram } from '../support/run-program.ts';
import { openStdio, type StdioSession, textOf } from '../support/stdio-session.ts';
import { temporaryDir } from '../support/temporary-dir.ts';
import { until } from '../support/until.ts';

const call = async (server: StdioSession, name: string, args: Record<string, unknown> = {}) =>
  textOf(await server.request('tools/call', { name, arguments: args }));

test('of two programs on one folder one stores, both answer, and the other takes over when it is killed', async () => {
  using data = temporaryDir();
  const storedMs = () => {
    using database = new DatabaseSync(join(data.path, 'openmanager.db'), { readOnly: true });
    return database
      .prepare('select time_ms from journal order by time_ms')
      .all()
      .map((row) => Number(row.time_ms));
  };

  const owner = openStdio(programCommand(data.path, 'stdio'));
  await owner.initialize();
  await call(owner, 'list_hosts');
  await until('a stored reading', () => storedMs().length > 0);
  await using second = openStdio(programCommand(data.path, 'stdio'));
  await second.initialize();
  for (const server of [owner, second]) {
    await until('three readings', async () => {
      const text = await call(server, 'query_metrics', { metric: 'system.cpu.utilization' });
      return /; ([3-9]|\d\d+) samples/.test(text);
    });
    expect(await call(server, 'list_hosts')).toContain(`${hostname()} (this host): reporting`);
    expect(await call(server, 'get_host_snapshot')).toContain('memory:');
  }
  // Each takes a reading a second; were those of both stored, there would be two.
  const enough = storedMs().length + 4;
  const times = await until('four more', () => storedMs().length >= enough && storedMs().slice(-5));
  expect((times[4] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(3_000);

  owner.kill('SIGKILL');
  expect(await owner.ended).toMatchObject({ signal: 'SIGKILL' });
  const before = storedMs();
  await until('the other to store', () => storedMs().length >= before.length + 2);
  expect(storedMs().slice(0, before.length)).toEqual(before);
  expect(await call(second, 'query_metrics', { metric: 'system.cpu.utilization' })).toContain('samples');
  expect(second.stderr()).toBe('');
});

test('what is imported for the host itself is answered with at once, although its readings are in memory', async () => {
  using data = temporaryDir();
  await using server = openStdio(programCommand(data.path, 'stdio'));
  await server.initialize();
  const ask = (args: Record<string, unknown>) => call(server, 'query_metrics', args);
  await until('readings over three seconds', async () =>
    /; ([4-9]|\d\d+) samples/.test(await ask({ metric: 'system.cpu.utilization' })),
  );
  const fromMs = Date.now() - 2_500;
  const file = join(data.path, 'rows.csv');
  writeFileSync(file, `time,value\n${fromMs + 500},7\n${fromMs + 1_500},8\n`);
  const flags = ['--host', hostname(), '--metric', 'app.queue', '--unit', '1'];
  expect(await runProgram(data.path, ['import', 'csv', ...flags, file])).toMatchObject({ exitCode: 0 });
  await until('the imported samples', async () =>
    (await ask({ metric: 'app.queue', from: String(fromMs) })).includes('; 2 samples'),
  );
  expect(await call(server, 'list_metrics', { match: 'app.queue' })).toContain('app.queue = 8');
});
