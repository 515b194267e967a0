import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { flagKeys, flagName } from '../../../src/config/schema.ts';
import { programVersion } from '../../../src/version.ts';
import { runInProcess } from '../../support/run-command-line.ts';
import { temporaryDir } from '../../support/temporary-dir.ts';

let dataDir = '';

beforeEach(() => {
  const dir = temporaryDir();
  onTestFinished(() => dir[Symbol.dispose]());
  dataDir = join(dir.path, 'data');
  vi.stubEnv('OPENMANAGER_DATA_DIR', dataDir);
});

describe('asked for help', () => {
  test.each([[[]], [['--help']], [['help']], [['help', 'help']], [['-h']]])(
    '%j names every command and every option',
    async (argv) => {
      const { code, stdout, stderr } = await runInProcess(...argv);
      expect([code, stderr]).toEqual([0, '']);
      for (const command of ['stdio', 'serve', 'doctor [--json]', 'token show', 'service install|status|remove'])
        expect(stdout).toContain(`openmanager ${command}`);
      for (const key of flagKeys) expect(stdout).toContain(`--${flagName(key)} `);
      expect(stdout).toMatch(/--port +.*\(default: 7070\)/);
      expect(stdout).toMatch(/--retention-days +.*\(default: none, only the size counts\)/);
      expect(stdout).toContain('OPENMANAGER_PORT');
      expect(stdout).not.toContain('undefined');
    },
  );

  test('it describes the one command that is named, and does not run it', async () => {
    const { code, stdout } = await runInProcess('token', 'show', '--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^openmanager token show\n/);
    expect(stdout).not.toContain('openmanager serve');
    expect(existsSync(dataDir)).toBe(false);
  });

  test('it helps whatever the settings are', async () => {
    vi.stubEnv('OPENMANAGER_PORT', 'bad');
    expect((await runInProcess('--help')).code).toBe(0);
  });
});

test.each([[['--version']], [['-v']], [['serve', '--version']]])('%j prints the version', async (argv) => {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  expect(programVersion()).toBe(manifest.version);
  expect(await runInProcess(...argv)).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: '' });
});

describe('a mistake in the command line ends with code 2 and one line on stderr', () => {
  test.each([
    [['serv'], 'Unknown command "serv". Did you mean serve? Valid: stdio, serve, doctor, token, '],
    [['help', 'serv'], 'Unknown command "serv". Did you mean serve? Valid: stdio, serve, doctor, token, '],
    [['serv', '--help'], 'Unknown command "serv". Did you mean serve?'],
    [['help', 'constructor'], 'Unknown command "constructor".'],
    [['constructor'], 'Unknown command "constructor".'],
    [['__proto__'], 'Unknown command "__proto__".'],
    [['evil\ncommand'], 'Unknown command "evil\ufffdcommand".'],
    [['serve', '--prot=1'], 'Unknown flag --prot. Did you mean --port?'],
    [['export', '--jsonl'], ' Valid: --host, --metric, --from, --to, --format, --output and the settings that'],
    [['export', '--json'], 'Unknown flag --json.'],
    [['service', 'install', '--json'], '--json is no flag of "service install", but of "service status".'],
    [['serve', '--port=x'], '--port: '],
    [['token'], 'Use "openmanager token show".'],
    [['token', 'delete'], 'Use "openmanager token show".'],
  ])('%j', async (argv, message) => {
    const { code, stdout, stderr } = await runInProcess(...argv);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^openmanager: [^\n]+\n$/);
    expect(stderr).toContain(message);
  });
});

test('what the machine refuses ends with code 1 and one line on stderr', async () => {
  writeFileSync(dataDir, 'a file, not a folder');
  const { code, stdout, stderr } = await runInProcess('token', 'show');
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^openmanager: The token file [^\n]+\n$/);
});

test('token show prints the token of the data folder, the same each time', async () => {
  const first = await runInProcess('token', 'show');
  expect(first).toEqual({ code: 0, stdout: readFileSync(join(dataDir, 'token'), 'utf8'), stderr: '' });
  expect(await runInProcess('token', 'show')).toEqual(first);
});

describe('doctor', () => {
  test('ends with code 0 where nothing is a problem, and prints JSON when asked', async () => {
    const { code, stdout } = await runInProcess('doctor', '--json', '--port=0');
    const report = JSON.parse(stdout) as { healthy: boolean; findings: { check: string; state: string }[] };
    expect([code, report.healthy]).toEqual([0, true]);
    expect(report.findings.map(({ check }) => check)).toEqual(
      expect.arrayContaining(['runtime', 'data folder', 'disk space', 'database', 'collector', 'token', 'port']),
    );
    expect(existsSync(dataDir)).toBe(false);
  });

  test.skipIf(process.platform === 'win32')(
    'ends with code 1 and says how to mend a token that others can read',
    async () => {
      mkdirSync(dataDir);
      const token = join(dataDir, 'token');
      writeFileSync(token, 'x'.repeat(43));
      chmodSync(token, 0o644);
      const { code, stdout } = await runInProcess('doctor', '--port=0');
      expect(code).toBe(1);
      expect(stdout).toContain('PROBLEM  token: ');
      expect(stdout).toContain(`-> chmod 600 ${token}`);
      expect(stdout).not.toContain('x'.repeat(43));
    },
  );

  test.skipIf(process.platform === 'win32')(
    'warns of other files with a password that others can read, and of those alone (no modes on Windows)',
    async () => {
      mkdirSync(dataDir);
      const [config, environment] = [join(dataDir, 'openmanager.config.json'), join(dataDir, 'service.env')];
      writeFileSync(config, '{"port":0}');
      chmodSync(config, 0o644);
      writeFileSync(environment, 'OPENMANAGER_DATABASE_URL=postgres://u:hunter2@nowhere.invalid/d', { mode: 0o600 });
      expect((await runInProcess('doctor')).stdout).not.toContain('secrets: ');
      writeFileSync(config, '{"port":0,"databaseUrl":"postgres://u:hunter2@127.0.0.1:1/d"}');
      chmodSync(environment, 0o640);
      const { stdout } = await runInProcess('doctor');
      expect(stdout).toContain(`warning  secrets: ${config} may hold a password and can be read by others (mode 644)`);
      expect(stdout).toContain(
        `warning  secrets: ${environment} may hold a password and can be read by others (mode 640)`,
      );
      expect(stdout).toContain(`-> chmod 600 ${environment}`);
      expect(stdout).not.toContain('hunter2');
    },
  );
});
