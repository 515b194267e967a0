import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { postgresForTests } from '../support/postgres-cluster.ts';
import { programCommand } from '../support/program.ts';
import { createRandom } from '../support/random.ts';
import { runProgram } from '../support/run-program.ts';
import { openStdio, textOf } from '../support/stdio-session.ts';
import { temporaryDir } from '../support/temporary-dir.ts';

const cluster = postgresForTests();

const startSeconds = Date.UTC(2013, 6, 1) / 1000;
const days = 20;

/** As hypervisors' traces are: a line each five minutes, several columns, a gap and an odd hour. */
function writeTrace(path: string): void {
  const random = createRandom(4);
  const lines = Array.from({ length: days * 288 }, (_, i) => {
    const daily = Math.sin((2 * Math.PI * i) / 288);
    const odd = i > 17 * 288 && i < 17 * 288 + 12 ? 1_500 : 0;
    const cpu = (400 + 200 * daily + 20 * random.normal() + odd).toFixed(1);
    return `${startSeconds + i * 300},2,2600,${cpu},${200_000 + i * 10}`;
  });
  lines.splice(5 * 288, 144);
  writeFileSync(path, gzipSync(['epoch_s,cores,capacity_mhz,cpu_mhz,mem_kb', ...lines].join('\n')));
}

const questions: readonly (readonly [tool: string, args: Record<string, unknown>])[] = [
  ['list_metrics', { host: 'vm-1' }],
  ['query_metrics', { host: 'vm-1', metric: 'vm.cpu.usage', from: '2013-07-01', to: '2013-07-21' }],
  ['query_metrics', { host: 'vm-1', metric: 'vm.cpu.usage', from: '2013-07-09', to: '2013-07-10' }],
  ['query_metrics', { host: 'vm-1', metric: 'vm.cpu.usage', from: '2013-06-01', to: '2013-07-21', aggregation: 'p95' }],
  ['query_metrics', { host: 'vm-1', metric: 'system.memory.usage', from: '2013-07-20', to: '2013-07-22' }],
  ['forecast_metric', { host: 'vm-1', metric: 'system.memory.usage', horizon: '1d' }],
  ['detect_anomalies', { host: 'vm-1', from: '2013-07-17', to: '2013-07-19' }],
];

async function answersOf(dataDir: string, databaseUrl: string | undefined): Promise<string[]> {
  const { env, ...command } = programCommand(dataDir, 'stdio');
  const url = databaseUrl === undefined ? {} : { OPENMANAGER_DATABASE_URL: databaseUrl };
  await using server = openStdio({ ...command, env: { ...env, ...url } });
  await server.initialize();
  const answers: string[] = [];
  for (const [name, args] of questions) {
    const text = textOf(await server.request('tools/call', { name, arguments: args }));
    // A handle is another each time.
    answers.push(text.replace(/\njob "\w+" gets this answer again\.$/, ''));
  }
  return answers;
}

test('a trace imported into either store is answered for in the same words', async () => {
  using data = temporaryDir();
  const trace = join(data.path, 'trace.csv.gz');
  writeTrace(trace);
  const url = await cluster().createDatabase();
  const answers: string[][] = [];
  for (const databaseUrl of [undefined, url]) {
    const env = { OPENMANAGER_DATABASE_URL: databaseUrl };
    const columns = [
      ['--metric', 'vm.cpu.usage', '--unit', 'MHz', '--value-column', 'cpu_mhz'],
      ['--metric', 'system.memory.usage', '--unit', 'By', '--scale', '1024', '--value-column', 'mem_kb'],
    ];
    for (const flags of columns) {
      const words = ['import', 'csv', '--host', 'vm-1', '--time-column', 'epoch_s', ...flags, trace];
      const first = await runProgram(data.path, words, { env });
      expect(first).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('5,616 added, 0 changed') });
      const again = await runProgram(data.path, words, { env });
      expect(again).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining('0 added, 0 changed, 5,616 already'),
      });
    }
    answers.push(await answersOf(data.path, databaseUrl));
  }
  // Where a client finds the URL that starts the server with --data-dir alone.
  using other = temporaryDir();
  writeFileSync(join(other.path, 'openmanager.config.json'), JSON.stringify({ databaseUrl: url }), { mode: 0o600 });
  const [sqlite = [], postgres = []] = answers;
  expect(postgres).toEqual(sqlite);
  expect(await answersOf(other.path, '')).toEqual(sqlite);
  const [metrics, whole, day, quantile, ended, forecast, odd] = sqlite;
  expect(metrics).toContain('vm.cpu.usage');
  expect(whole).toMatch(/Covered: 97 % of the 20d asked for; nothing was collected from 2013-07-06T00:00:00Z/);
  expect(whole).toContain('5616 samples');
  expect(day).toMatch(/p95 .*; 288 samples/);
  expect(quantile).toMatch(/Covered: 3\d % of the 50d asked for; data starts at 2013-07-01T00:00:00Z/);
  expect(ended).toMatch(/Covered: 49 % .* data ends at 2013-07-20T23:55:00Z\.\n.*\n.*263700000$/);
  expect(forecast).toContain('The series ended at 2013-07-20T23:55:00Z: the forecast starts there, not now.');
  expect(odd).toMatch(/vm\.cpu\.usage: 2013-07-18T00:/);
});
