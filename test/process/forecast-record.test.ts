import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { programCommand } from '../support/program.ts';
import { runProgram } from '../support/run-program.ts';
import { openStdio, textOf } from '../support/stdio-session.ts';
import { temporaryDir } from '../support/temporary-dir.ts';
import { until } from '../support/until.ts';

const minuteMs = 60_000;
/** Ten days ago, at a whole hour: forecasts begin where a series has ended. */
const endMs = Math.floor(Date.now() / 3_600_000 - 240) * 3_600_000;

test('a forecast that one process gave out is checked by the next one, when what came is there', async () => {
  using data = temporaryDir();
  const importValues = async (fromMs: number, count: number, value: (i: number) => number) => {
    const file = join(data.path, 'rows.csv');
    const rows = Array.from({ length: count }, (_, i) => `${fromMs + i * minuteMs},${value(i)}`);
    writeFileSync(file, `time,value\n${rows.join('\n')}\n`);
    const flags = ['--host', 'web-1', '--metric', 'app.queue', '--unit', '{message}'];
    expect(await runProgram(data.path, ['import', 'csv', ...flags, file])).toMatchObject({ exitCode: 0 });
  };
  const withServer = async (use: (ask: () => Promise<string>) => Promise<void>) => {
    await using server = openStdio(programCommand(data.path, 'stdio'));
    await server.initialize();
    const args = { host: 'web-1', metric: 'app.queue', horizon: '1h', step: '5m' };
    await use(async () => textOf(await server.request('tools/call', { name: 'forecast_metric', arguments: args })));
    expect(server.stderr()).toBe('');
  };
  const inDatabase = <T>(use: (database: DatabaseSync) => T) => {
    using database = new DatabaseSync(join(data.path, 'openmanager.db'));
    return use(database);
  };

  await importValues(endMs - 1_440 * minuteMs, 1_440, (i) => 100 + (i % 3));
  await withServer(async (ask) => {
    const text = await ask();
    expect(text).toContain('app.queue on web-1');
    expect(text).not.toContain('checked against');
  });
  const kept = inDatabase((database) => database.prepare('select start_ms, due_ms from forecast').all());
  // The last step of the history is not known to be whole.
  expect(kept).toEqual([{ start_ms: endMs - 5 * minuteMs, due_ms: expect.any(Number) }]);

  await importValues(endMs, 60, (i) => 100 + (i % 3));
  // It is given a minute, for readings that are still on their way.
  inDatabase((database) => database.exec('update forecast set due_ms = 0'));
  await withServer(async (ask) => {
    const text = await until('the check', async () => {
      const answer = await ask();
      return answer.includes('checked against') && answer;
    });
    expect(text).toMatch(
      /\n1 earlier forecast like this was checked against what came: their mean error was [^;]+ that of the naive method [^;]+; the 95 % interval held \S+ % of the values\.\n/,
    );
  });
});
