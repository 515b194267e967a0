import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { runCommandLine } from '../../../src/cli/run.ts';
import { silentLogger } from '../../../src/core/log.ts';
import { packagePath } from '../../../src/core/package-path.ts';
import { openDatabase } from '../../../src/storage/open-database.ts';
import { flipBit } from '../../support/flip-bit.ts';
import { createRandom } from '../../support/random.ts';
import { run as runCommand } from '../../support/run-program.ts';
import { temporaryDir } from '../../support/temporary-dir.ts';
import { until } from '../../support/until.ts';

let folder = '';

beforeEach(() => {
  const dir = temporaryDir();
  onTestFinished(() => dir[Symbol.dispose]());
  folder = dir.path;
  vi.stubEnv('OPENMANAGER_DATA_DIR', join(folder, 'data'));
  vi.stubEnv('OPENMANAGER_LOG_LEVEL', 'error');
});

// Each command that is run makes a logger, which listens for errors of stderr.
process.stderr.setMaxListeners(100);

async function run(...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const written = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      written[name] += String(text);
      return true;
    }),
  );
  const code = await runCommandLine(argv);
  for (const spy of spies) spy.mockRestore();
  return { code, ...written };
}

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const csv = 'epoch_s,cores,cpu_mhz\n1372629804,1,46.8\n1372630104,1,43.3\n1372630404,1,oops\n';
const flags = ['--host=vm-010', '--metric=vm.cpu.usage', '--unit=MHz', '--value-column=cpu_mhz'];

describe('import csv', () => {
  test('adds a column of a compressed file, says what it did and what to do next; again it changes nothing', async () => {
    const path = file('vm.csv.gz', gzipSync(csv));
    const first = await run('import', 'csv', ...flags, path);
    expect([first.code, first.stderr]).toEqual([0, '2 samples stored\n']);
    expect(first.stdout).toMatch(
      /^2 samples of 1 series of vm-010, from 2013-06-30T22:03:24Z to 2013-06-30T22:08:24Z: 2 added, 0 changed, 0 already there\. Left out, bad lines: 1 \(line 4: "oops" is no number\)\.\n/,
    );
    expect(first.stdout).toContain('from 2013-06-30T22:03:24Z to 2013-06-30T22:08:25Z.\n');
    expect((await run('import', 'csv', ...flags, path)).stdout).toContain(': 0 added, 0 changed, 2 already there.');
  });

  test.each([
    ['1372629804', 'from 2013-06-30T22:03:24Z to 2013-06-30T22:03:25Z'],
    ['1372629804.9', 'from 2013-06-30T22:03:24Z to 2013-06-30T22:03:25Z'],
  ])('names a window that holds its one sample, of %s', async (time, window) => {
    const { stdout } = await run('import', 'csv', ...flags, file('one.csv', `time,cpu_mhz\n${time},1\n`));
    expect(stdout).toMatch(/^1 sample of 1 series of vm-010, /);
    expect(stdout).toContain(`Next: ask query_metrics for host "vm-010", metric "vm.cpu.usage", ${window}.`);
  });

  test('warns where the samples are older than what is kept', async () => {
    const path = file('vm.csv', csv);
    expect((await run('import', 'csv', ...flags, '--retention-days=90', path)).stdout).toContain(
      'as --retention-days says. Raise it to keep these samples.',
    );
    expect((await run('import', 'csv', ...flags, '--retention-days=36500', path)).stdout).not.toContain('retention');
  });

  test('warns when history takes more room than is kept', async () => {
    const { uniform } = createRandom(1);
    const rows = Array.from({ length: 400_000 }, (_, i) => `${1_700_000_000 + i},${uniform()}`);
    const path = file('noise.csv', `time,cpu_mhz\n${rows.join('\n')}\n`);
    expect((await run('import', 'csv', ...flags, path)).stdout).not.toContain('Attention');
    expect((await run('import', 'csv', ...flags, '--max-history-megabytes=1', path)).stdout).toMatch(
      /Attention: history takes \d MB, of which --max-history-megabytes keeps 1 MB: the oldest is deleted within the hour\./,
    );
  });

  test('tells the processes that serve, once a host', async () => {
    await run('import', 'csv', ...flags, file('vm.csv', csv));
    await using database = await openDatabase({ dataDir: join(folder, 'data'), log: silentLogger });
    const events = await database.db.selectFrom('event').select(['topic', 'payload']).execute();
    expect(events).toEqual([{ topic: 'history', payload: '{"host":"vm-010"}' }]);
  });

  test.each([
    [['--host=h', '--metric=m'], 2, '--metric and --unit belong together'],
    [['--metric=m', '--unit=1', '--value-column=3'], 1, '--host, --metric and --unit'],
    [['--host='], 2, '--host is empty'],
    [['--label=a=1'], 2, '--metric and --unit belong together, and --label to them.'],
    [[...flags, '--label=a'], 2, '"a" is no label'],
    [[...flags, '--label=a=1,a=2'], 2, '"a" comes twice'],
    [[...flags, '--scale=x'], 2, '"x" is no number other than 0'],
    [[...flags, '--time-unit=min'], 2, '"min" is unknown. Did you mean ms? Valid: s, ms, us, ns, iso.'],
    [[...flags, '--value-column=cpu'], 1, 'Did you mean "cpu_mhz"?'],
    [[...flags, '--step=1m'], 2, '--step is no flag of "import csv", but of "import prometheus".'],
    [[...flags, `--host=${'h'.repeat(300)}`], 1, 'a host of 300 bytes; at most 255'],
  ])('refuses %j', async (given, code, message) => {
    const result = await run('import', 'csv', file('vm.csv', csv), ...given);
    expect([result.code, result.stdout]).toEqual([code, '']);
    expect(result.stderr).toMatch(/^openmanager: [^\n]+\n$/);
    expect(result.stderr).toContain(message);
    expect(existsSync(join(folder, 'data', 'openmanager.db'))).toBe(false);
  });

  test('that fails midway says how much is stored, and that it can be repeated', async () => {
    const rows = Array.from({ length: 400_000 }, (_, i) => `${1_700_000_000 + i},${i % 7}`);
    const whole = gzipSync(`time,cpu_mhz\n${rows.join('\n')}\n`);
    const path = file('cut.csv.gz', whole.subarray(0, -1_000));
    const { code, stdout, stderr } = await run('import', 'csv', ...flags, path);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /\nopenmanager: .*cut\.csv\.gz is cut off: .* Stored so far: 200,000 samples\. Run the same command again when that is mended: nothing is stored twice\.\n$/,
    );
    writeFileSync(path, whole);
    expect((await run('import', 'csv', ...flags, path)).stdout).toContain(
      ': 200,000 added, 0 changed, 200,000 already there.',
    );
  });

  test('names what is wrong with the file', async () => {
    mkdirSync(join(folder, 'a-folder'));
    const damaged = Buffer.concat([gzipSync(csv.repeat(1000)).subarray(0, 40), Buffer.alloc(40)]);
    const cases: [string[], string][] = [
      [[], 'Name the file: openmanager import csv FILE, or - for stdin.'],
      [[join(folder, 'missing.csv')], 'There is no file '],
      [[join(folder, 'a-folder')], 'is a folder, not a file.'],
      [[file('plain.csv.gz', csv)], 'is no gzip file, or damaged.'],
      [[file('damaged.csv.gz', damaged)], 'is no gzip file, or damaged.'],
      [[file('cut.csv.gz', gzipSync(csv).subarray(0, 30))], 'is cut off'],
      [[file('empty.csv', '')], 'Nothing was imported. There is no sample.'],
      [[file('header.csv', 'time,value,cpu_mhz\n')], 'Nothing was imported. There is no sample.'],
    ];
    for (const [words, message] of cases) {
      const { code, stderr } = await run('import', 'csv', ...flags, ...words);
      expect(code).toBeGreaterThan(0);
      expect(stderr).toContain(message);
    }
    expect(existsSync(join(folder, 'data'))).toBe(false);
  });
});

test('import sadf adds what sysstat measured', async () => {
  const { code, stdout } = await run('import', 'sadf', 'test/support/fixtures/sysstat/sadf-12.6.json');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^\d+ samples of \d+ series of web-1, from 2026-11-24T01:26:14Z to 2026-11-24T01:26:15Z: /);
});

describe('import prometheus', () => {
  const given = ['import', 'prometheus', '--match=up', '--from=2026-01-01', '--to=2026-01-02', '--step=5m'];

  async function serve(queries: string[], answer: (url: URL) => unknown): Promise<string> {
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? '', 'http://localhost');
      // Without it the names tell what is a counter.
      if (url.pathname.endsWith('metadata')) return response.end('{"status":"success","data":{}}');
      queries.push(`${url.pathname.split('/').pop()} ${url.searchParams.get('start')}`);
      const data = answer(url);
      return data === undefined ? response : response.end(JSON.stringify({ status: 'success', data }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const address = server.address();
    return `--url=http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`;
  }

  const metric = { __name__: 'up', instance: 'web-1:9100' };
  const answer = (url: URL) =>
    url.pathname.endsWith('series')
      ? [metric]
      : { resultType: 'matrix', result: [{ metric, values: [[Number(url.searchParams.get('end')), '1']] }] };

  test('repeated it goes on where it ended, and fetches all of it again when asked', async () => {
    const queries: string[] = [];
    const url = await serve(queries, answer);
    const [start, end] = [Date.parse('2026-01-01') / 1000, Date.parse('2026-01-02') / 1000];
    expect((await run(...given, url)).stdout).toContain('1 sample of 1 series of web-1');
    expect(queries.splice(0)).toEqual([`series ${start}`, `query_range ${start}`]);
    const second = await run(...given, url);
    expect([second.code, second.stdout, queries.splice(0)]).toEqual([0, 'Nothing is new.\n', []]);
    expect(second.stderr).toContain('Going on after 2026-01-02T00:00:00Z');
    await run(...given, url, '--to=2026-01-03');
    expect(queries.splice(0)).toEqual([`series ${end + 300}`, `query_range ${end + 300}`]);
    expect((await run(...given, url, '--again')).stdout).toContain('0 added, 0 changed, 1 already there.');
    expect(queries.splice(0)).toEqual([`series ${start}`, `query_range ${start}`]);
    await run(...given, url, '--from=2025-12-31');
    expect(queries.splice(0)).toHaveLength(2);
  });

  test('repeated when nothing matches any more it says so, and asks for all since then the next time', async () => {
    const queries: string[] = [];
    let found: unknown[] = [];
    const url = await serve(queries, (asked) => (asked.pathname.endsWith('series') ? found : answer(asked)));
    const end = Date.parse('2026-01-02') / 1000;
    const never = await run(...given, url);
    expect([never.code, never.stderr]).toEqual([1, expect.stringContaining('Nothing matches up from 2026-01-01')]);
    found = [metric];
    expect((await run(...given, url)).code).toBe(0);
    found = [];
    queries.length = 0;
    for (const to of ['2026-01-03', '2026-01-04']) {
      const { code, stdout } = await run(...given, url, `--to=${to}`);
      expect([code, stdout, queries.splice(0)]).toEqual([0, 'Nothing is new.\n', [`series ${end + 300}`]]);
    }
  });

  test('repeated when nothing new can be stored it says what was left out', async () => {
    let value = '1';
    const url = await serve([], ({ pathname, searchParams }) =>
      pathname.endsWith('series')
        ? [metric]
        : { resultType: 'matrix', result: [{ metric, values: [[Number(searchParams.get('end')), value]] }] },
    );
    await run(...given, url);
    value = 'NaN';
    const { code, stdout } = await run(...given, url, '--to=2026-01-03');
    expect([code, stdout]).toEqual([0, 'Nothing is new. Left out, values that are NaN or infinite: 1.\n']);
  });

  test('stores counters as rates and says of how many series, or as totals when asked; each goes on by itself', async () => {
    const queries: string[] = [];
    const counter = { ...metric, __name__: 'read_bytes_total' };
    const url = await serve(queries, ({ pathname, searchParams }) => {
      if (pathname.endsWith('series')) return [counter, metric];
      const end = Number(searchParams.get('end'));
      const values = [end - 300, end].map((t) => [t, String(t)]);
      return { resultType: 'matrix', result: [counter, metric].map((one) => ({ metric: one, values })) };
    });
    const [start, end] = [Date.parse('2026-01-01') / 1000, Date.parse('2026-01-02') / 1000];
    const { code, stdout } = await run(...given, url);
    expect([code, queries.splice(0)]).toEqual([0, [`series ${start}`, `query_range ${start - 900}`]]);
    expect(stdout).toMatch(
      /^3 samples of 2 series .* already there\. Counters stored as rates a second: 1 series\. Left out, totals of counters that follow no other within 15m: 1\.\n/,
    );
    const totals = await run(...given, url, '--totals');
    expect(queries.splice(0)).toEqual([`series ${start}`, `query_range ${start}`]);
    expect(totals.stdout).toContain('4 samples of 2 series of web-1');
    expect(totals.stdout).not.toContain('rates');
    for (const flags of [[], ['--totals']])
      expect((await run(...given, url, ...flags)).stdout).toBe('Nothing is new.\n');
    await run(...given, url, '--to=2026-01-03');
    expect(queries.splice(0)).toEqual([`series ${end + 300}`, `query_range ${end + 300 - 900}`]);
    const { stdout: exported } = await run('export', '--metric=read_bytes_total', '--to=2026-01-03');
    const instance = '"{""instance"":""web-1:9100""}"';
    expect(exported.trimEnd().split('\n').slice(1).sort()).toEqual([
      `2026-01-01T23:55:00.000Z,web-1,read_bytes_total,${instance},By,${end - 300}`,
      `2026-01-02T00:00:00.000Z,web-1,read_bytes_total,${instance},By,${end}`,
      `2026-01-02T00:00:00.000Z,web-1,read_bytes_total,${instance},By/s,1`,
    ]);
  });

  test('stopped by Ctrl-C it says how to go on, and ends with code 130', async () => {
    const queries: string[] = [];
    const url = await serve(queries, () => undefined);
    const running = run(...given, url);
    await until('the request', () => queries.length > 0);
    process.emit('SIGINT', 'SIGINT');
    const { code, stdout, stderr } = await running;
    expect([code, stdout]).toEqual([130, '']);
    expect(stderr).toContain('Stopped. Stored so far: 0 samples. Run the same command again for the rest');
  });

  test.each([
    [['--url=nowhere'], '--url is no address'],
    [['--url=file:///etc/passwd'], '--url starts with http:// or https://.'],
    [['--url=http://u:p@localhost/'], '--bearer-token-file'],
    [['--url=http://localhost', '--step=1'], '--step: "1" is no duration'],
    [['--url=http://localhost', '--from=2026-02-01'], '--from 2026-02-01T00:00:00Z is not before --to'],
    [['--url=http://localhost', 'file'], 'takes no file'],
    [[], '"openmanager import prometheus" needs --url URL'],
  ])('refuses %j', async (more, message) => {
    const { code, stderr } = await run(...given, ...more);
    expect(code).toBeGreaterThan(0);
    expect(stderr).toContain(message);
  });
});

describe('export', () => {
  test('to a file, which only its owner can read, gives what was imported', async () => {
    await run('import', 'csv', ...flags, '--label=zone=a', file('vm.csv', csv));
    const output = file('out.csv', 'what was there');
    const { code, stdout, stderr } = await run('export', `--output=${output}`);
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toBe(
      `2 samples of 1 series written to ${output}. Next: "openmanager import csv FILE" reads it back, also on another machine.\n`,
    );
    expect(readFileSync(output, 'utf8')).toBe(
      'timestamp,host,metric,labels,unit,value\n' +
        '2013-06-30T22:03:24.000Z,vm-010,vm.cpu.usage,"{""zone"":""a""}",MHz,46.8\n' +
        '2013-06-30T22:08:24.000Z,vm-010,vm.cpu.usage,"{""zone"":""a""}",MHz,43.3\n',
    );
    if (process.platform !== 'win32') expect(statSync(output).mode & 0o777).toBe(0o600);
    vi.stubEnv('OPENMANAGER_DATA_DIR', join(folder, 'other'));
    expect((await run('import', 'csv', output)).stdout).toContain('2 added');
  });

  test('leaves out damaged hours, says at its end how many and which, and ends with a code that is not 0', async () => {
    const rows = Array.from({ length: 1_500 }, (_, hour) => `${1_700_000_000 + hour * 3_600},${hour}\n`);
    await run('import', 'csv', ...flags, file('vm.csv', `epoch_s,cpu_mhz\n${rows.join('')}`));
    const whole = await run('export');
    expect([whole.code, whole.stderr]).toEqual([0, expect.not.stringContaining('Attention')]);
    // One of them lies where two reads of a month meet.
    const damaged = [3, 720, 1_499];
    for (const row of damaged) flipBit(join(folder, 'data'), row);
    const { code, stdout, stderr } = await run('export');
    expect(code).toBe(1);
    const text = whole.stdout.split('\n');
    expect(stdout.split('\n')).toEqual(text.filter((_, i) => !damaged.includes(i - 1)));
    expect(stderr.trimEnd().split('\n').slice(-2)).toEqual([
      expect.stringMatching(/^1,497 samples of 1 series written\. Next: /),
      'Attention: 3 damaged hours of series, the first: vm.cpu.usage of vm-010, the hour from 2023-11-15T01:00:00Z. What cannot be read was left out; an older backup may have it whole.',
    ]);
    const output = join(folder, 'out.csv');
    const toFile = await run('export', `--output=${output}`, '--from=2023-11-15T01:00Z', '--to=2023-11-15T02:00Z');
    expect([toFile.code, readFileSync(output, 'utf8')]).toEqual([1, `${text[0]}\n`]);
    expect(toFile.stderr).toMatch(
      /^0 samples .*\.csv\.\nAttention: 1 damaged hour of a series: vm\.cpu\.usage of vm-010, /m,
    );
  });

  const onLinux = test.skipIf(process.platform !== 'linux');
  onLinux('to a device that is full is refused, without a stack (on Linux)', async () => {
    await run('import', 'csv', ...flags, file('vm.csv', csv));
    const command = `"${process.execPath}" "${packagePath('src', 'main.ts')}" export > /dev/full`;
    const { exitCode, stderr } = await runCommand('/bin/sh', ['-c', command], { env: process.env });
    expect([exitCode, stderr]).toEqual([
      1,
      'openmanager: There is no room for stdout: what it is written to is full.\n',
    ]);
  });

  onLinux('never replaces a pipe or device by a file (on Linux)', async () => {
    await run('import', 'csv', ...flags, file('vm.csv', csv));
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const { code, stderr } = await run('export', `--output=${pipe}`);
    expect([code, stderr]).toEqual([1, expect.stringContaining('is a device or a pipe, not a file')]);
    expect(statSync(pipe).isFIFO()).toBe(true);
  });

  test.each(['jsonl', 'prometheus'])('as %s cannot be imported, which is told', async (format) => {
    await run('import', 'csv', ...flags, file('vm.csv', csv));
    const output = join(folder, 'out');
    expect((await run('export', `--format=${format}`, `--output=${output}`)).code).toBe(0);
    for (const given of [[], flags]) {
      const { code, stderr } = await run('import', 'csv', output, ...given);
      expect([code, stderr]).toEqual([1, expect.stringContaining('only CSV can be read back')]);
    }
  });

  test('refuses what is not there, with the nearest names, and leaves no file', async () => {
    const output = `--output=${join(folder, 'out')}`;
    expect((await run('export', output)).stderr).toContain(`There is no database: ${join(folder, 'data')} has no `);
    expect(existsSync(join(folder, 'data'))).toBe(false);
    await run('import', 'csv', ...flags, file('vm.csv', csv));
    const cases: [string[], number, string][] = [
      [['--host=vm-10'], 1, 'There is no host "vm-10". The nearest of 1: vm-010.'],
      [['--metric=vm.cpu'], 1, 'There is no metric "vm.cpu". The nearest of 1: vm.cpu.usage.'],
      [['--format=xml'], 2, 'Valid: csv, jsonl, prometheus.'],
      [['--from=2026-01-01', '--to=2025-01-01'], 2, 'is not before'],
      [[`--output=${join(folder, 'no', 'folder')}`], 1, 'There is no folder for '],
      [[`--output=${folder}`], 1, 'is a folder, not a file.'],
    ];
    for (const [given, code, message] of cases) {
      const result = await run('export', output, ...given);
      expect([result.code, result.stdout]).toEqual([code, '']);
      expect(result.stderr).toContain(message);
    }
    expect(readdirSync(folder).sort()).toEqual(['data', 'vm.csv']);
  });
});
