import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { programCommand } from '../support/program.ts';
import { createRandom } from '../support/random.ts';
import { runProgram } from '../support/run-program.ts';
import { type Message, openStdio, type StdioSession, textOf } from '../support/stdio-session.ts';
import { type TemporaryDir, temporaryDir } from '../support/temporary-dir.ts';

const hourMs = 3_600_000;
const days = 28;
const random = createRandom(11);
/** Days from now to 90 %; none where it stays as it is. */
const fleet: Readonly<Record<string, number | null>> = { 'web-1': null, 'web-2': 12, 'db-1': 5, 'db-2': null };

/** Hourly shares of a filesystem of each host, up to now, as `openmanager export` writes them. */
function fleetCsv(): string {
  const lastHour = Math.floor(Date.now() / hourMs) * hourMs;
  const labels = JSON.stringify({ 'system.filesystem.mountpoint': '/data' }).replaceAll('"', '""');
  const rows = Object.entries(fleet).flatMap(([host, full]) =>
    Array.from({ length: days * 24 }, (_, i) => {
      const age = days - (i + 1) / 24;
      const level = full === null ? 0.5 : 0.9 - 0.01 * (full + age);
      const time = new Date(lastHour - (days * 24 - 1 - i) * hourMs).toISOString();
      const value = (level + 0.002 * random.normal()).toFixed(4);
      return `${time},${host},system.filesystem.utilization,"${labels}",1,${value}`;
    }),
  );
  return ['timestamp,host,metric,labels,unit,value', ...rows].join('\n');
}

interface Ranked {
  readonly host: string;
  readonly metric: string;
  readonly labels: Record<string, string>;
  readonly likely?: string;
}

interface Forecast {
  readonly mean: readonly number[];
  readonly model: string;
  readonly backtest: { readonly mase: number; readonly baseline_mase: number };
}

const dataOf = <T>({ result = {} }: Message) => result.structuredContent as T;

describe('an agent on imported data', () => {
  let data: TemporaryDir;
  let server: StdioSession;
  beforeAll(async () => {
    data = temporaryDir();
    const file = join(data.path, 'fleet.csv');
    writeFileSync(file, fleetCsv());
    const imported = await runProgram(data.path, ['import', 'csv', file]);
    expect(imported).toMatchObject({ exitCode: 0 });
    server = openStdio(programCommand(data.path, 'stdio'));
    await server.initialize();
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    data[Symbol.dispose]();
  });

  const call = (name: string, args: Record<string, unknown>) =>
    server.request('tools/call', { name, arguments: args, _meta: { progressToken: name } });

  test('learns what runs out first, and looks at it closer', async () => {
    const capacity = await call('forecast_capacity', { metric: 'system.filesystem.utilization' });
    expect(textOf(capacity)).toMatch(/ 0 over the threshold, 2 may reach it, /);
    const { resources } = dataOf<{ resources: Ranked[] }>(capacity);
    const [first, second] = resources;
    expect([first?.host, second?.host]).toEqual(['db-1', 'web-2']);
    const likelyDays = (Date.parse(first?.likely ?? '') - Date.now()) / (24 * hourMs);
    expect(likelyDays).toBeGreaterThan(4);
    expect(likelyDays).toBeLessThan(6);

    const { host, metric, labels } = first as Ranked;
    const closer = await call('forecast_metric', { host, metric, labels, horizon: '7d', chart: true });
    const [picture, ...others] = ((closer.result?.content ?? []) as { type: string; mimeType?: string }[]).filter(
      ({ type }) => type === 'image',
    );
    expect([picture?.mimeType, others]).toEqual(['image/png', []]);
    const { mean, model, backtest } = dataOf<Forecast>(closer);
    expect(mean.at(-1)).toBeGreaterThan(0.87);
    expect(model).not.toBe('');
    expect(backtest.mase).toBeLessThan(backtest.baseline_mase);
  });

  test('hears how far it is, and is told in a few words', async () => {
    const answer = await call('forecast_capacity', { host: 'web-*' });
    expect(textOf(answer)).toMatch(/^2 resources of 2 hosts, 30d from /);
    expect(textOf(answer).split('\n')[1]).toMatch(
      /^web-2 filesystem \/data: [\d.]+ %; rises to 90 % likely \d{4}-\d\d-\d\d \(in \d+d\), \d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d; error [\d.]+ %, staying flat [\d.]+ %$/,
    );
    const told = server.messages.filter(({ method }) => method === 'notifications/progress');
    expect(told.some(({ params }) => params?.progressToken === 'forecast_capacity')).toBe(true);
  });
});
