import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { createSystemctl, runProgram } from '../../../../src/cli/service/systemctl.ts';
import { createSystemdService } from '../../../../src/cli/service/systemd.ts';
import { temporaryDir } from '../../../support/temporary-dir.ts';

// Stands for systemd: keeps each unit's state in files, answers as `systemctl show` does, and records its calls.
const standIn = `#!/bin/sh
[ "$1 $2 $3" = "--user --no-pager --no-ask-password" ] || exit 99
shift 3
echo "$*" >> "$STAND_IN/calls"
if [ -e "$STAND_IN/no-bus" ]; then echo "Failed to connect to bus: No medium found" >&2; exit 1; fi
pid() { echo $(($(cat "$STAND_IN/pid" 2>/dev/null || echo 100) + 1)) > "$STAND_IN/pid"; }
start() { if [ -e "$STAND_IN/fails" ]; then echo failed > "$STAND_IN/state"; else echo active > "$STAND_IN/state"; pid; fi; }
case "$1" in
show)
  if [ "$2" = --property=Version ]; then echo "Version=252.38-1~deb12u1"; exit 0; fi
  state=$(cat "$STAND_IN/state" 2>/dev/null || echo inactive)
  echo "ActiveState=$state"
  case $state in
  active) echo SubState=running; echo "ActiveEnterTimestamp=Tue 2026-11-24 01:00:00 UTC"; echo "MainPID=$(cat "$STAND_IN/pid")" ;;
  failed) echo SubState=failed; echo ActiveEnterTimestamp=; echo MainPID=0 ;;
  *) echo SubState=dead; echo ActiveEnterTimestamp=; echo MainPID=0 ;;
  esac
  echo "UnitFileState=$(cat "$STAND_IN/enabled" 2>/dev/null)" ;;
daemon-reload) ;;
enable) echo enabled > "$STAND_IN/enabled"; [ "$(cat "$STAND_IN/state" 2>/dev/null)" = active ] || start ;;
restart) start ;;
disable) rm -f "$STAND_IN/enabled"; echo inactive > "$STAND_IN/state" ;;
*) echo "Unknown command verb $1." >&2; exit 1 ;;
esac
`;

let folder: string;
beforeEach(() => {
  const dir = temporaryDir();
  onTestFinished(() => dir[Symbol.dispose]());
  folder = dir.path;
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin', 'systemctl'), standIn);
  chmodSync(join(folder, 'bin', 'systemctl'), 0o755);
  vi.stubEnv('PATH', `${join(folder, 'bin')}${delimiter}${process.env.PATH}`);
  vi.stubEnv('STAND_IN', folder);
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
  writeFileSync(
    join(folder, 'bin', 'systemctl'),
    standIn.replace('daemon-reload) ;;', 'daemon-reload) printf "Access\\ndenied\\n" >&2; exit 4 ;;'),
  );
  await expect(service().install()).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(/^"systemctl --user daemon-reload" failed: Access.denied$/),
  });
});
