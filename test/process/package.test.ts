import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packagePath } from '../../src/core/package-path.ts';
import { programVersion } from '../../src/version.ts';
import { decodePng } from '../support/decode-png.ts';
import { installPackage, type PackedFile, packPackage, unpackBundle } from '../support/installed-package.ts';
import { programCommand } from '../support/program.ts';
import { run } from '../support/run-program.ts';
import { openStdio, textOf } from '../support/stdio-session.ts';
import { storedMetrics, storeHistory } from '../support/stored-history.ts';
import { type TemporaryDir, temporaryDir } from '../support/temporary-dir.ts';
import { until } from '../support/until.ts';

let scratch: TemporaryDir;
let elsewhere: TemporaryDir;
let files: readonly PackedFile[];
/** The program's file in each of the ways in which it comes to people. */
const programs: Record<string, string> = {
  'the sources': packagePath('src', 'main.ts'),
  'the build': packagePath('dist', 'main.js'),
};
let installed: string;

beforeAll(async () => {
  scratch = temporaryDir();
  elsewhere = temporaryDir();
  const packed = await packPackage(scratch.path);
  files = packed.files;
  installed = await installPackage(packed.tarball, join(scratch.path, 'consumer'));
  programs['an installed package'] = join(installed, '..', '.bin', 'openmanager');
  programs['an unpacked bundle'] = join(unpackBundle(scratch.path), 'dist', 'main.js');
});

afterAll(() => {
  scratch[Symbol.dispose]();
  elsewhere[Symbol.dispose]();
});

describe.each(['the sources', 'the build', 'an installed package', 'an unpacked bundle'])('%s', (name) => {
  const commandLine = (dataDir: string, ...words: string[]) => {
    const { command, env } = programCommand(dataDir);
    return { command, args: [programs[name] ?? '', ...words], env };
  };

  test('prints its version', async () => {
    const { command, args, env } = commandLine(elsewhere.path, '--version');
    const { exitCode, stdout, stderr } = await run(command, args, { env, cwd: elsewhere.path });
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: `${programVersion()}\n`, stderr: '' });
  });

  test('lists its tools, stores what it reads, forecasts and draws', async () => {
    using data = temporaryDir();
    await storeHistory(data.path, { host: 'web-1', hours: 3, stepMs: 60_000 });
    await using server = openStdio(commandLine(data.path, 'stdio'), { cwd: elsewhere.path });
    expect((await server.initialize()).result).toMatchObject({ serverInfo: { version: programVersion() } });
    const { result } = await server.request('tools/list');
    expect((result as { tools: unknown[] }).tools.length).toBeGreaterThan(5);

    const args = { host: 'web-1', metric: storedMetrics[1], horizon: '30m', chart: true };
    const forecast = await server.request('tools/call', { name: 'forecast_metric', arguments: args });
    expect(textOf(forecast)).toMatch(/^load\.daily on web-1: last [\s\S]*backtests/);
    const { content } = forecast.result as { content: { type: string; data: string }[] };
    expect(content.map(({ type }) => type)).toEqual(['text', 'image']);
    expect(decodePng(Buffer.from(content[1]?.data ?? '', 'base64'))).toMatchObject({ width: 800, height: 400 });

    await until('a stored reading of this host', () => {
      using database = new DatabaseSync(join(data.path, 'openmanager.db'), { readOnly: true });
      const sql = 'select count(*) as n from journal join host on host.id = host_id where name = ?';
      return Number(database.prepare(sql).get(hostname())?.n) > 0;
    });
    expect(server.stderr()).toBe('');
  });
});

describe('the package', () => {
  test('holds the program, the library and its types, and nothing of its making', () => {
    const paths = files.map(({ path }) => path);
    expect(paths).toEqual(
      expect.arrayContaining([
        ...['package.json', 'LICENSE', 'NOTICE', 'CHANGELOG.md', 'README.md', 'dist/main.js', 'dist/analytics.js'],
        ...['dist/sqlite-worker.js', 'dist/analytics-worker.js', 'dist/tool-schemas.json'],
        ...['dist/charts-worker.js', 'dist/resvg.wasm', 'dist/roboto.ttf', 'dist/licenses/roboto-LICENSE.txt'],
        'dist/types/src/analytics/index.d.ts',
      ]),
    );
    const foreign = paths.filter(
      (path) =>
        !/^(package\.json|LICENSE|NOTICE|CHANGELOG\.md|README\.md)$/.test(path) &&
        !/^dist\/((chunks\/)?[\w.-]+\.js|tool-schemas\.json|resvg\.wasm|roboto\.ttf|licenses\/[\w-]+\.txt|types\/[\w/.-]+\.d\.ts|[\w./-]+\.LEGAL\.txt)$/.test(
          path,
        ),
    );
    expect(foreign).toEqual([]);
    expect(files.reduce((sum, { size }) => sum + size, 0)).toBeLessThan(10_000_000);
  });

  test('names no folder of the machine that made it', () => {
    const here = packagePath();
    for (const { path } of files) expect(readFileSync(join(installed, path), 'utf8').includes(here), path).toBe(false);
  });

  test('brings one dependency', () => {
    const { dependencies } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as Record<
      string,
      object
    >;
    expect(Object.keys(dependencies ?? {})).toEqual(['piscina']);
    const beside = readdirSync(join(installed, '..')).filter((name) => !name.startsWith('.'));
    expect(beside.filter((name) => !name.startsWith('@'))).toEqual(['openmanager', 'piscina']);
  });

  test('gives its analytics to other programs', async () => {
    const project = join(installed, '..', '..');
    const code = [
      "import { forecast } from 'openmanager/analytics';",
      'const values = Float64Array.from({ length: 96 }, (_, i) => i % 24);',
      'const length: number = forecast(values, { horizon: 3 }).mean.length;',
      'if (length !== 3) throw new Error(String(length));',
    ];
    writeFileSync(join(project, 'uses.ts'), code.join('\n'));
    const { command, env } = programCommand(elsewhere.path);
    expect(await run(command, ['uses.ts'], { cwd: project, env })).toEqual({ exitCode: 0, stdout: '', stderr: '' });

    writeFileSync(join(project, 'misuses.ts'), code.join('\n').replace('horizon: 3', "horizon: 'three'"));
    const tsc = packagePath('node_modules', 'typescript', 'bin', 'tsc');
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', '--types', ''];
    const check = (file: string) => run(command, [tsc, ...options, file], { cwd: project, env });
    expect(await check('uses.ts')).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(await check('misuses.ts')).toMatchObject({
      exitCode: expect.not.toBeOneOf([0]),
      stdout: expect.stringContaining("'string'"),
    });
  });
});
