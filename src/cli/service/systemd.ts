import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Clock } from '../../core/clock.ts';
import { OpenManagerError } from '../../core/errors.ts';
import type { Systemctl } from './systemctl.ts';

const unitName = 'openmanager.service';

export interface SystemdServiceParts {
  readonly systemctl: Systemctl;
  /** Where the user's units are, e.g. `~/.config/systemd/user`. */
  readonly unitFolder: string;
  /** What the unit is to say, for a version of systemd. */
  readonly unitText: (systemdVersion: number) => string;
  readonly clock: Clock;
  readonly sleep: (ms: number) => Promise<unknown>;
}

export interface ServiceState {
  readonly installed: boolean;
  /** Whether it starts with the user's session, or with the machine where the user lingers. */
  readonly enabled: boolean;
  readonly active: boolean;
  /** As systemd says it, e.g. `active (running)`. */
  readonly state: string;
  /** Since when it is active, as systemd writes times; null when it is not. */
  readonly since: string | null;
  readonly mainPid: number | null;
  /** Path of the unit. */
  readonly unit: string;
  /** Whether the unit is what `install` would write; null when there is none. */
  readonly upToDate: boolean | null;
}

/** OpenManager as a unit of the user's systemd. Every method throws `unavailable` when systemd cannot be asked. */
export interface SystemdService {
  /** Resolves once it has been up for a while. Says what was done to the unit. */
  install(): Promise<'written' | 'unchanged'>;
  status(): Promise<ServiceState>;
  /** False when there was none. */
  remove(): Promise<boolean>;
}

/** A program that cannot serve ends within this time, e.g. because its port is taken. */
const steadyMs = 2_000;
const startWithinMs = 20_000;
const pollMs = 200;

export function createSystemdService(parts: SystemdServiceParts): SystemdService {
  const { systemctl, unitFolder, unitText, clock, sleep } = parts;
  const unit = join(unitFolder, unitName);

  async function status(): Promise<ServiceState> {
    const text = unitText(await systemctl.version());
    const found = readUnit(unit);
    const { ActiveState = '', SubState = '', ...shown } = await systemctl.show(unitName);
    const active = ActiveState === 'active';
    return {
      installed: found !== undefined,
      enabled: shown.UnitFileState === 'enabled',
      active,
      state: `${ActiveState} (${SubState})`,
      since: (active && shown.ActiveEnterTimestamp) || null,
      mainPid: Number(shown.MainPID) || null,
      unit,
      upToDate: found === undefined ? null : found === text,
    };
  }

  async function untilSteady(): Promise<void> {
    const deadlineMs = clock.monotonic() + startWithinMs;
    let up: { readonly pid: number; readonly sinceMs: number } | undefined;
    for (;;) {
      const { active, mainPid, state } = await status();
      if (!active || mainPid === null) up = undefined;
      else if (up?.pid !== mainPid) up = { pid: mainPid, sinceMs: clock.monotonic() };
      else if (clock.monotonic() - up.sinceMs >= steadyMs) return;
      if (state.startsWith('failed') || clock.monotonic() > deadlineMs) throw notUp(state);
      await sleep(pollMs);
    }
  }

  return {
    status,
    async install() {
      const text = unitText(await systemctl.version());
      const { active, upToDate } = await status();
      if (upToDate !== true) writeUnit(unit, text);
      await systemctl.act('daemon-reload');
      await systemctl.act('enable', '--now', unitName);
      if (active && upToDate !== true) await systemctl.act('restart', unitName);
      await untilSteady();
      return upToDate === true ? 'unchanged' : 'written';
    },
    async remove() {
      await systemctl.version();
      if (readUnit(unit) === undefined) return false;
      await systemctl.act('disable', '--now', unitName);
      rmSync(unit, { force: true });
      await systemctl.act('daemon-reload');
      return true;
    },
  };
}

function notUp(state: string): OpenManagerError {
  return new OpenManagerError(
    'unavailable',
    `The service is installed but does not stay up: it is ${state}. "journalctl --user -u openmanager" says why; then run ` +
      '"openmanager service install" again, or "openmanager service remove".',
  );
}

function readUnit(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unitError(path, error);
  }
}

/** The old text or the new one, whatever happens meanwhile. */
function writeUnit(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(temporary, text, { mode: 0o644, flush: true });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw unitError(path, error);
  }
}

function unitError(path: string, cause: unknown): OpenManagerError {
  const { code = 'unknown' } = cause as NodeJS.ErrnoException;
  const kind = code === 'ENOSPC' || code === 'EDQUOT' ? 'storage_full' : 'storage_read_only';
  return new OpenManagerError(kind, `The unit ${path} cannot be read or written (${code}).`, { cause });
}
