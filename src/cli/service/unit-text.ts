import { OpenManagerError } from '../../core/errors.ts';

export interface UnitOptions {
  /** The program and its arguments; the program by its absolute path. */
  readonly command: readonly [program: string, ...args: string[]];
  /** Absolute path of a file with lines `NAME=value`, which need not exist. */
  readonly environmentFile: string;
  /** Of systemd; newer ones can wait longer after each failure. */
  readonly systemdVersion: number;
}

/** The first version with `RestartSteps` (https://github.com/systemd/systemd/blob/main/NEWS). */
const growingDelays = 254;

/**
 * The text of a user unit that keeps a command running. It holds no secret: what must not be read by others goes into the
 * environment file.
 * @throws `invalid_configuration` for a path that a unit cannot hold
 */
export function unitText({ command, environmentFile, systemdVersion }: UnitOptions): string {
  const [program, ...args] = command;
  const delay =
    systemdVersion >= growingDelays ? ['RestartSec=2', 'RestartSteps=6', 'RestartMaxDelaySec=300'] : ['RestartSec=15'];
  return `${[
    '# Written by "openmanager service install", which overwrites changes; use "systemctl --user edit openmanager" for yours.',
    '[Unit]',
    'Description=OpenManager, an MCP server that watches servers',
    '# Tried again for as long as it takes.',
    'StartLimitIntervalSec=0',
    '',
    '[Service]',
    `ExecStart=${[quoteProgram(program), ...args.map(quoteArgument)].join(' ')}`,
    '# For secrets such as OPENMANAGER_DATABASE_URL, one NAME=value a line: create it yourself, with mode 0600.',
    `EnvironmentFile=-${escapePattern(environmentFile)}`,
    'Restart=on-failure',
    ...delay,
    '# A mistake in the configuration stays one.',
    'RestartPreventExitStatus=2',
    'TimeoutStopSec=20',
    'UMask=0077',
    'NoNewPrivileges=yes',
    'LockPersonality=yes',
    'RestrictRealtime=yes',
    'RestrictSUIDSGID=yes',
    'SystemCallArchitectures=native',
    '# Not ProtectSystem, PrivateTmp and the like: for a user they need a user namespace, which many systems forbid, and in',
    "# which the processes and files of others look like nobody's. Not MemoryDenyWriteExecute: it forbids compiled JavaScript.",
    '',
    '[Install]',
    'WantedBy=default.target',
  ].join('\n')}\n`;
}

/** systemd itself refuses a program whose path has quotes or backslashes. */
function quoteProgram(path: string): string {
  if (/["'\\]/.test(path))
    throw new OpenManagerError(
      'invalid_configuration',
      `systemd runs no program with quotes or backslashes in its path, as ${path} has. Move Node.js elsewhere.`,
    );
  return quoteWord(path);
}

/** A word of a command line in double quotes (systemd.syntax(7), "Quoting"; systemd.unit(5), "Specifiers"). */
function quoteWord(word: string): string {
  assertWritable(word);
  return `"${word.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%')}"`;
}

/** The same, where `$` would begin a variable, as it does not in the program's path (systemd.service(5), "Command lines"). */
function quoteArgument(word: string): string {
  return quoteWord(word).replaceAll('$', '$$$$');
}

/** A path alone on its line, in which glob(7) finds patterns. */
function escapePattern(path: string): string {
  assertWritable(path);
  return path.replace(/[\\*?[]/g, '\\$&').replaceAll('%', '%%');
}

function assertWritable(path: string): void {
  if (/\p{Cc}/u.test(path))
    throw new OpenManagerError(
      'invalid_configuration',
      `A systemd unit cannot hold the path ${JSON.stringify(path)}: it has control characters. Choose another --data-dir.`,
    );
}
