import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { namedConfigFile, processSources } from '../config/load.ts';
import { type ConfigKey, flagName } from '../config/schema.ts';
import { userConfigDir } from '../config/user-config-dir.ts';
import { systemClock } from '../core/clock.ts';
import { OpenManagerError } from '../core/errors.ts';
import { packagePath } from '../core/package-path.ts';
import type { Command, CommandContext } from './command.ts';
import { createSystemctl, runProgram } from './service/systemctl.ts';
import { createSystemdService, type ServiceState } from './service/systemd.ts';
import { unitText } from './service/unit-text.ts';

export const serviceCommand: Command = {
  name: 'service',
  usage: 'install|status|remove',
  summary: 'keep serve running in the background, also after a restart',
  async run(context) {
    const { commandLine, config, options, print } = context;
    assertSystemd(process.platform);
    const action = commandLine.words[1];
    const service = createService(context);
    if (action === 'install') {
      assertKept(context);
      const done = await service.install();
      print(await installedText(await service.status(), done, context));
      return 0;
    }
    if (action === 'remove') {
      const removed = await service.remove();
      print(
        `${removed ? 'The service was stopped and removed.' : 'There is no service.'} Data stays in ${config.dataDir}.`,
      );
      return 0;
    }
    const state = await service.status();
    const lingering = await lingers();
    print(options.json ? JSON.stringify({ ...state, lingering }, null, 2) : statusText(state, lingering));
    return state.active ? 0 : 3;
  },
};

function createService({ commandLine, config }: CommandContext) {
  const file = namedConfigFile(processSources(commandLine));
  const program = packagePath('dist', 'main.js');
  // The data folder is always said: what its default is depends on an environment that the service does not have.
  const args = ['serve', `--data-dir=${config.dataDir}`, ...(file === undefined ? [] : [`--config=${file}`])];
  return createSystemdService({
    systemctl: createSystemctl(runProgram),
    unitFolder: join(userConfigDir(), 'systemd', 'user'),
    unitText: (systemdVersion) =>
      unitText({
        command: [process.execPath, program, ...args],
        environmentFile: environmentFile(config.dataDir),
        systemdVersion,
      }),
    clock: systemClock,
    sleep,
  });
}

function environmentFile(dataDir: string): string {
  return join(dataDir, 'service.env');
}

/** @throws `unavailable` where services are run by something else. */
function assertSystemd(platform: NodeJS.Platform): void {
  const command = `"${process.execPath}" "${packagePath('dist', 'main.js')}" serve`;
  const instead: Partial<Record<NodeJS.Platform, string>> = {
    darwin: `create ~/Library/LaunchAgents/openmanager.plist with Label, ProgramArguments (${command}), RunAtLoad and KeepAlive, and run "launchctl bootstrap gui/$UID" with its path`,
    win32: `create a task in the Task Scheduler that runs ${command} at log on, and is restarted when it fails`,
  };
  const how = instead[platform];
  if (how !== undefined)
    throw new OpenManagerError(
      'unavailable',
      `On this system "openmanager service" does nothing yet. Instead, ${how}.`,
    );
}

/** A setting that the service would not have is refused, not dropped. */
function assertKept({ commandLine, config }: CommandContext): void {
  const lost = Object.keys(commandLine.flags).find((key) => key !== 'dataDir') as ConfigKey | undefined;
  if (lost !== undefined) {
    const file = join(config.dataDir, 'openmanager.config.json');
    const message = `The service takes --data-dir and --config alone. Set "${lost}" in ${file} instead of --${flagName(lost)}.`;
    throw new OpenManagerError('invalid_configuration', message);
  }
  const program = packagePath('dist', 'main.js');
  if (!existsSync(program))
    throw new OpenManagerError('unavailable', `${program} is missing: run "npm run build" first.`);
}

async function installedText(
  { unit, mainPid }: ServiceState,
  done: 'written' | 'unchanged',
  { config }: CommandContext,
): Promise<string> {
  return [
    `OpenManager runs as a service (PID ${mainPid}) and starts with your session.`,
    `Unit:      ${unit} (${done})`,
    `Data:      ${config.dataDir}`,
    `Secrets:   ${environmentFile(config.dataDir)}, if you create it (mode 0600), e.g. with OPENMANAGER_DATABASE_URL=...`,
    'Logs:      journalctl --user -u openmanager',
    `Log-out:   ${lingerText(await lingers())}`,
    "Your shell's environment is not the service's: its settings come from the configuration file and the file above.",
  ].join('\n');
}

function statusText(state: ServiceState, lingering: boolean | null): string {
  const { installed, enabled, active, since, mainPid, unit, upToDate } = state;
  if (!installed && !active) return `Not installed: "openmanager service install" does it. (${unit})`;
  return [
    `State:     ${state.state}${since === null ? '' : ` since ${since}`}${mainPid === null ? '' : `, PID ${mainPid}`}`,
    `Unit:      ${unit} (${!installed ? 'missing' : upToDate ? 'up to date' : 'differs from what "openmanager service install" would write'})`,
    `At start:  ${enabled ? 'enabled' : 'not enabled'}`,
    'Logs:      journalctl --user -u openmanager',
    `Log-out:   ${lingerText(lingering)}`,
  ].join('\n');
}

function lingerText(lingering: boolean | null): string {
  if (lingering === true) return 'goes on without you, and starts with the machine (lingering is on)';
  const how = 'to have it go on, and start with the machine: loginctl enable-linger';
  return lingering === false ? `ends with your last session (lingering is off); ${how}` : how;
}

/** Whether the user's services outlive their sessions; null when nobody knows. */
async function lingers(): Promise<boolean | null> {
  const { username } = userInfo();
  const asked = await runProgram('loginctl', ['show-user', username, '--property=Linger']).catch(() => null);
  if (asked?.exitCode !== 0) return null;
  return asked.stdout.includes('Linger=yes');
}
