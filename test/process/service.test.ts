import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { type SystemdUser, startSystemdUser, systemdMissing } from '../support/systemd-user.ts';
import { until } from '../support/until.ts';

const missing = process.env.CI_REQUIRE_SERVICES === '1' ? undefined : systemdMissing();
let systemd: SystemdUser;

beforeEach(({ skip }) => skip(missing !== undefined, missing));
beforeAll(async () => {
  if (missing === undefined) systemd = await startSystemdUser();
});
afterAll(async () => systemd?.[Symbol.asyncDispose]());

async function mainPid(): Promise<number> {
  return Number((await systemd.systemctl('show', '--property=MainPID', '--value', 'openmanager')).stdout);
}

test('a service is installed, serves, comes back when it is killed, and goes without its data', async () => {
  const dataDir = join(systemd.home, 'data');
  const port = await freePort();
  const config = join(systemd.home, 'openmanager.config.json');
  writeFileSync(config, JSON.stringify({ port }));
  const flags = [`--data-dir=${dataDir}`, `--config=${config}`];
  const status = () => systemd.openmanager('service', 'status', ...flags);
  expect(await status()).toMatchObject({ exitCode: 3, stdout: expect.stringMatching(/^Not installed: /) });

  const installed = await systemd.openmanager('service', 'install', ...flags);
  expect(installed).toMatchObject({ exitCode: 0, stderr: '' });
  const pid = await mainPid();
  expect(installed.stdout).toContain(`OpenManager runs as a service (PID ${pid})`);
  expect((await fetch(`http://127.0.0.1:${port}/mcp`, { method: 'POST', body: '{}' })).status).toBe(401);
  const running = await status();
  expect(running.exitCode).toBe(0);
  expect(running.stdout).toMatch(
    /^State: +active \(running\) since .*, PID \d+\nUnit: .*\(up to date\)\nAt start: +enabled\n/,
  );
  expect((await systemd.openmanager('service', 'install', ...flags)).stdout).toContain('(unchanged)');
  expect(await mainPid()).toBe(pid);

  process.kill(pid, 'SIGKILL');
  await until('it to be started again', async () => ![0, pid].includes(await mainPid()), 40_000);

  const removed = await systemd.openmanager('service', 'remove', ...flags);
  expect(removed).toMatchObject({
    exitCode: 0,
    stdout: `The service was stopped and removed. Data stays in ${dataDir}.\n`,
  });
  expect((await status()).exitCode).toBe(3);
  await expect(fetch(`http://127.0.0.1:${port}/mcp`)).rejects.toThrow();
});

test('a service that cannot start says so, and where its log is', async () => {
  const config = join(systemd.home, 'wrong.config.json');
  writeFileSync(config, JSON.stringify({ host: '192.0.2.1' }));
  const flags = [`--data-dir=${join(systemd.home, 'data')}`, `--config=${config}`];
  const { exitCode, stdout, stderr } = await systemd.openmanager('service', 'install', ...flags);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  expect(stderr).toMatch(/is installed but does not stay up: it is .*"journalctl --user -u openmanager" says why/);
  expect((await systemd.openmanager('service', 'remove', ...flags)).exitCode).toBe(0);
});
