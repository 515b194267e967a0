import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { setTimeout as pass } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { programCommand } from '../support/program.ts';
import { type Message, openStdio, type StdioSession, textOf } from '../support/stdio-session.ts';
import { type TemporaryDir, temporaryDir } from '../support/temporary-dir.ts';

/** What is watched takes its time: a reading a second. */
const baselineMs = 30_000;
const incidentMs = 15_000;
const programsPerCore = 4;
/** A processor that is as busy as this before has no incident to come. */
const tooBusy = 0.7;

let data: TemporaryDir;
let server: StdioSession;
beforeAll(async () => {
  data = temporaryDir();
  const { env, ...command } = programCommand(data.path, 'stdio');
  server = openStdio({ ...command, env: { ...env, OPENMANAGER_SLOW_INTERVAL_SECONDS: '5' } });
  await server.initialize();
  await call('get_host_snapshot');
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  data[Symbol.dispose]();
});

const call = (name: string, args: Record<string, unknown> = {}) =>
  server.request('tools/call', { name, arguments: args });

const dataOf = <T>({ result = {} }: Message) => result.structuredContent as T;

interface Found {
  readonly resources: readonly { readonly resource: string; readonly onset: string }[];
  readonly step: string;
}

function startBusyPrograms(): AsyncDisposable {
  const count = programsPerCore * availableParallelism();
  const programs = Array.from({ length: count }, () =>
    spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
  );
  return { [Symbol.asyncDispose]: async () => void (await Promise.all(programs.map(end))) };
}

async function end(program: ChildProcess): Promise<void> {
  const gone = once(program, 'exit');
  program.kill('SIGKILL');
  await gone;
}

async function busyShare(from: string): Promise<number> {
  const answer = await call('query_metrics', { metric: 'system.cpu.utilization', from });
  const { series } = dataOf<{ series: { statistics: { mean: number } }[] }>(answer);
  return series[0]?.statistics.mean ?? Number.NaN;
}

test('programs that keep the processor busy are found to be what an incident began with', async ({ skip }) => {
  const started = new Date().toISOString();
  await pass(baselineMs);
  const busy = await busyShare(started);
  skip(busy > tooBusy, `others keep the processor busy already: ${Math.round(100 * busy)} %`);

  const from = new Date().toISOString();
  {
    await using _busy = startBusyPrograms();
    await pass(incidentMs);
  }
  const answer = await call('find_correlated_metrics', { from, baseline: `${started}/${from}` });
  const text = textOf(answer);
  expect(answer.result?.isError, text).not.toBe(true);
  const { resources, step } = dataOf<Found>(answer);
  expect(step).toBe('1s');
  const first = resources.slice(0, 3);
  expect(
    first.map(({ resource }) => resource),
    text,
  ).toContain('cpu');
  const onset = first.find(({ resource }) => resource === 'cpu')?.onset ?? '';
  expect(Math.abs(Date.parse(onset) - Date.parse(from)), text).toBeLessThan(10_000);
  expect(text).toMatch(/^cpu: .* from \S+Z, changed (first|with )/m);
}, 80_000);
