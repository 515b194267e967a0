import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { unitText } from '../../../../src/cli/service/unit-text.ts';
import { packagePath } from '../../../../src/core/package-path.ts';
import { runInProcess } from '../../../support/run-command-line.ts';
import { temporaryDir } from '../../../support/temporary-dir.ts';
import { putOnPath } from './stand-in-systemctl.ts';

let folder: string;
let unit: string;
beforeEach(() => {
  const dir = temporaryDir();
  onTestFinished(() => dir[Symbol.dispose]());
  folder = dir.path;
  unit = join(folder, 'systemd', 'user', 'openmanager.service');
  putOnPath(folder);
  vi.stubEnv('XDG_CONFIG_HOME', folder);
  vi.stubEnv('OPENMANAGER_DATA_DIR', join(folder, 'data dir'));
});

/** What install would write, here and now. */
const expectedUnit = () =>
  unitText({
    command: [process.execPath, packagePath('dist', 'main.js'), 'serve', `--data-dir=${join(folder, 'data dir')}`],
    environmentFile: join(folder, 'data dir', 'service.env'),
    systemdVersion: 252,
  });

function installed(text: string): void {
  mkdirSync(dirname(unit), { recursive: true });
  writeFileSync(unit, text);
  writeFileSync(join(folder, 'enabled'), 'enabled\n');
  writeFileSync(join(folder, 'state'), 'active\n');
  writeFileSync(join(folder, 'pid'), '4711\n');
}

test('the status of what is not installed says how to, and gives 3', async () => {
  const { code, stdout } = await runInProcess('service', 'status');
  expect({ code, stdout }).toEqual({
    code: 3,
    stdout: `Not installed: "openmanager service install" does it. (${unit})\n`,
  });
});

test('the status of what runs gives 0 and says since when, which process, and where the log is', async () => {
  installed(expectedUnit());
  const { code, stdout } = await runInProcess('service', 'status');
  expect(code).toBe(0);
  expect(stdout).toContain('State:     active (running) since Tue 2026-11-24 01:00:00 UTC, PID 4711\n');
  expect(stdout).toContain(`Unit:      ${unit} (up to date)\n`);
  expect(stdout).toContain('journalctl --user -u openmanager');
  const { stdout: json } = await runInProcess('service', 'status', '--json');
  expect(JSON.parse(json)).toMatchObject({ active: true, mainPid: 4711, upToDate: true, unit });
});

test('a unit for another data folder, or that somebody edited, is told', async () => {
  installed(expectedUnit());
  const other = await runInProcess('service', 'status', '--data-dir=/elsewhere');
  expect(other.stdout).toContain('(differs from what "openmanager service install" would write)');
  installed(`${expectedUnit()}#\n`);
  expect((await runInProcess('service', 'status')).stdout).toContain('(differs from');
});

test('remove tells where the data stays', async () => {
  installed(expectedUnit());
  const data = `Data stays in ${join(folder, 'data dir')}.\n`;
  expect(await runInProcess('service', 'remove')).toEqual({
    code: 0,
    stdout: `The service was stopped and removed. ${data}`,
    stderr: '',
  });
  expect((await runInProcess('service', 'remove')).stdout).toBe(`There is no service. ${data}`);
});

test('install refuses a setting that the service would not have, and changes nothing', async () => {
  installed('old');
  const { code, stderr } = await runInProcess('service', 'install', '--port=1234');
  expect(code).toBe(2);
  expect(stderr).toContain(`Set "port" in ${join(folder, 'data dir', 'openmanager.config.json')} instead of --port.`);
  expect(readFileSync(unit, 'utf8')).toBe('old');
});

test.each(['darwin', 'win32'] as const)('on %s it is said what to do instead', async (platform) => {
  vi.spyOn(process, 'platform', 'get').mockReturnValue(platform);
  const { code, stdout, stderr } = await runInProcess('service', 'install');
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(
    /^openmanager: On this system "openmanager service" does nothing yet\. Instead, create [^\n]+\n$/,
  );
});
