import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { createSystemctl, runProgram } from '../../../../src/cli/service/systemctl.ts';
import { createSystemdService } from '../../../../src/cli/service/systemd.ts';
import { temporaryDir } from '../../../support/temporary-dir.ts';
import { putOnPath } from './stand-in-systemctl.ts';

let folder: string;
beforeEach(() => {
  const dir = temporaryDir();
  onTestFinished(() => dir[Symbol.dispose]());
  folder = dir.path;
  putOnPath(folder);
});

const unitPath = () => join(folder, 'config', 'systemd', 'user', 'openmanager.service');
const remember = (name: string) => writeFileSync(join(folder, name), '');

function service(text = 'the unit\n') {
  let nowMs = 0;
  return createSystemdService({
    systemctl: createSystemctl(runProgram),
    unitFolder: join(folder, 'config', 'systemd', 'user'),
    unitText: (version) => `${version} ${text}`,
    clock: { now: () => nowMs, monotonic: () => nowMs },
    sleep: async (ms) => {
      nowMs += ms;
    },
  });
}

/** What was asked of systemd, questions left out. */
function calls(): string[] {
  const all = existsSync(join(folder, 'calls')) ? readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n') : [];
  return all.filter((call) => !call.startsWith('show'));
}

describe('install', () => {
  test('writes the unit, enables and starts it, and says what runs', async () => {
    expect(await service().install()).toBe('written');
    expect(readFileSync(unitPath(), 'utf8')).toBe('252 the unit\n');
    expect(calls()).toEqual(['daemon-reload', 'enable --now openmanager.service']);
    expect(await service().status()).toEqual({
      installed: true,
      enabled: true,
      active: true,
      state: 'active (running)',
      since: 'Tue 2026-11-24 01:00:00 UTC',
      mainPid: 101,
      unit: unitPath(),
      upToDate: true,
    });
  });

  test('changes nothing the second time, and restarts what runs when the unit is another', async () => {
    await service().install();
    expect(await service().install()).toBe('unchanged');
    expect((await service().status()).mainPid).toBe(101);
    expect((await service('a newer one').status()).upToDate).toBe(false);
    expect(await service('a newer one').install()).toBe('written');
    expect((await service('a newer one').status()).mainPid).toBe(102);
    expect(readdirSync(join(unitPath(), '..'))).toEqual(['openmanager.service']);
  });

  test('says so when the program does not stay up', async () => {
    remember('fails');
    await expect(service().install()).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/it is failed \(failed\).*journalctl --user -u openmanager/),
    });
  });
});

test('what was never installed is neither active nor there', async () => {
  expect(await service().status()).toMatchObject({ installed: false, active: false, since: null, upToDate: null });
  expect(await service().remove()).toBe(false);
  expect(calls()).toEqual([]);
});

test('remove stops and disables the service, deletes its unit, and does nothing the second time', async () => {
  await service().install();
  expect(await service().remove()).toBe(true);
  expect(existsSync(unitPath())).toBe(false);
  expect(calls().slice(2)).toEqual(['disable --now openmanager.service', 'daemon-reload']);
  expect(await service().status()).toMatchObject({ installed: false, enabled: false, active: false });
  expect(await service().remove()).toBe(false);
});

describe('where no systemd runs for the user', () => {
  test('each action says so and how to go on, and writes nothing', async () => {
    remember('no-bus');
    for (const action of ['install', 'status', 'remove'] as const)
      await expect(service()[action](), action).rejects.toMatchObject({
        code: 'unavailable',
        message: expect.stringMatching(/No medium found.*ssh.*openmanager serve/),
      });
    expect(existsSync(unitPath())).toBe(false);
  });

  test('a machine without systemctl is told apart', async () => {
    vi.stubEnv('PATH', folder);
    await expect(service().install()).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/^systemctl cannot be run \(ENOENT\)\..*openmanager serve/),
    });
    expect(existsSync(unitPath())).toBe(false);
  });
});

test('what systemd refuses is repeated in one line', async () => {
  putOnPath(folder, (script) =>
    script.replace('daemon-reload) ;;', 'daemon-reload) printf "Access\\ndenied\\n" >&2; exit 4 ;;'),
  );
  await expect(service().install()).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(/^"systemctl --user daemon-reload" failed: Access.denied$/),
  });
});
