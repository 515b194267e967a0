import { execFile } from 'node:child_process';
import { OpenManagerError } from '../../core/errors.ts';
import { safeName } from '../../core/text.ts';

export interface Finished {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program to its end, without a shell.
 * @throws `unavailable` when there is no such program, or it does not end.
 */
export type RunProgram = (program: string, args: readonly string[]) => Promise<Finished>;

const patienceMs = 60_000;

export const runProgram: RunProgram = (program, args) =>
  new Promise((resolve, reject) => {
    execFile(program, [...args], { timeout: patienceMs, maxBuffer: 2 ** 20 }, (error, stdout, stderr) => {
      if (error === null) return resolve({ exitCode: 0, stdout, stderr });
      if (typeof error.code === 'number') return resolve({ exitCode: error.code, stdout, stderr });
      const why =
        error.code === undefined ? `did not end within ${patienceMs / 1000} s` : `cannot be run (${error.code})`;
      reject(new OpenManagerError('unavailable', `${program} ${why}. ${withoutSystemd}`, { cause: error }));
    });
  });

const withoutSystemd =
  'Without systemd, let what starts your services run "openmanager serve", or start it in a terminal.';

/** The calls of `systemctl --user` that a service needs. */
export interface Systemctl {
  /**
   * Of systemd, e.g. 252.
   * @throws `unavailable` when there is no systemd, or none that runs for this user.
   */
  version(): Promise<number>;
  /** @throws `unavailable` with what systemd said when it refuses. */
  act(...args: string[]): Promise<void>;
  /** Properties of the unit, by their names; those of a unit that does not exist have their defaults. */
  show(unit: string): Promise<Readonly<Record<string, string>>>;
}

const shown = ['ActiveState', 'SubState', 'ActiveEnterTimestamp', 'MainPID', 'UnitFileState'];

export function createSystemctl(run: RunProgram): Systemctl {
  const call = (...args: string[]) => run('systemctl', ['--user', '--no-pager', '--no-ask-password', ...args]);

  async function act(...args: string[]): Promise<Finished> {
    const finished = await call(...args);
    if (finished.exitCode === 0) return finished;
    const said = safeName(finished.stderr.trim(), 300);
    throw new OpenManagerError(
      'unavailable',
      `"systemctl --user ${args.join(' ')}" failed: ${said || 'it said nothing'}`,
    );
  }

  return {
    async version() {
      const { exitCode, stdout, stderr } = await call('show', '--property=Version');
      const { Version = '' } = properties(stdout);
      if (exitCode === 0 && /^\d/.test(Version)) return Number.parseInt(Version, 10);
      throw new OpenManagerError(
        'unavailable',
        `No systemd runs for this user (${safeName(stderr.trim(), 200) || 'it tells no version'}). Log in as the user itself, by ssh or ` +
          `"machinectl shell USER@", not by su or sudo. ${withoutSystemd} Nothing was changed.`,
      );
    },
    act: async (...args) => void (await act(...args)),
    show: async (unit) => properties((await act('show', unit, `--property=${shown.join(',')}`)).stdout),
  };
}

/** Lines `Name=value`. */
function properties(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => line.includes('='));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const),
  );
}
