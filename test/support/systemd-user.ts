import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, cpSync, existsSync, mkdirSync, realpathSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { packagePath } from '../../src/core/package-path.ts';
import { type FinishedRun, run } from './run-program.ts';
import { temporaryDir } from './temporary-dir.ts';
import { until } from './until.ts';

const manager = '/lib/systemd/systemd';
const user = 'nobody';

/** Why {@link startSystemdUser} cannot work here; undefined when it can. */
export function systemdMissing(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return 'starting a systemd of another user takes root, on Linux';
  return existsSync(manager) ? undefined : 'systemd is not installed';
}

/** The systemd of a user who is not logged in, with a home of its own in which the built program is. */
export interface SystemdUser extends AsyncDisposable {
  readonly home: string;
  /** Runs the program as that user. */
  openmanager(...args: string[]): Promise<FinishedRun>;
  systemctl(...args: string[]): Promise<FinishedRun>;
}

/** It believes that systemd started this machine, in a mount namespace in which it looks so. */
export async function startSystemdUser(): Promise<SystemdUser> {
  const dir = temporaryDir();
  const { node, program } = copyFor(dir.path);
  const [home, runtime] = [join(dir.path, 'home'), join(dir.path, 'run')];
  for (const folder of [home, runtime]) mkdirSync(folder, { mode: 0o700 });
  own(dir.path, home, runtime);
  const groups = makeControlGroups();
  const asUser = ['setpriv', `--reuid=${user}`, `--regid=${id('-g')}`, '--clear-groups'];
  const env = { HOME: home, USER: user, PATH: '/usr/bin:/bin', XDG_RUNTIME_DIR: runtime };
  const script = [
    ...groups.map((group) => `echo $$ > ${group}/cgroup.procs`),
    'mkdir -p /run/systemd && mount -t tmpfs tmpfs /run/systemd && mkdir /run/systemd/system',
    `exec ${asUser.join(' ')} ${manager} --user`,
  ];
  const child = spawn('unshare', ['--mount', 'sh', '-ec', script.join('\n')], { env, stdio: 'ignore' });
  const ended = once(child, 'exit');
  const inside = (...command: string[]) =>
    run('nsenter', ['--mount', `--target=${child.pid}`, `--wd=${home}`, ...asUser, ...command], { env });
  const systemctl = (...args: string[]) => inside('systemctl', '--user', ...args);
  const stop = async () => {
    await systemctl('exit');
    const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
    await ended;
    clearTimeout(timer);
    for (const group of groups) removeControlGroup(group);
    dir[Symbol.dispose]();
  };
  try {
    await until('the systemd of a user', async () => {
      if (child.exitCode !== null) throw new Error(`systemd ended with ${child.exitCode}`);
      return existsSync(join(runtime, 'systemd', 'private')) && (await systemctl('is-system-running')).exitCode === 0;
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    home,
    openmanager: (...args) => inside(node, program, ...args),
    systemctl,
    [Symbol.asyncDispose]: stop,
  };
}

/** The program and its Node where any user can read them. */
function copyFor(folder: string): { node: string; program: string } {
  const node = join(folder, 'node');
  cpSync(process.execPath, node);
  for (const name of ['dist', 'package.json']) cpSync(packagePath(name), join(folder, name), { recursive: true });
  const modules = join(folder, 'node_modules');
  mkdirSync(modules);
  cpSync(realpathSync(packagePath('node_modules', 'piscina')), join(modules, 'piscina'), { recursive: true });
  return { node, program: join(folder, 'dist', 'main.js') };
}

function own(...paths: string[]): void {
  for (const path of paths) chownSync(path, Number(id('-u')), Number(id('-g')));
}

function id(flag: '-u' | '-g'): string {
  return execFileSync('id', [flag, user], { encoding: 'utf8' }).trim();
}

/** One that the user may divide, in each hierarchy that systemd uses; see https://systemd.io/CGROUP_DELEGATION/. */
function makeControlGroups(): string[] {
  const roots = ['/sys/fs/cgroup/systemd', '/sys/fs/cgroup/unified', '/sys/fs/cgroup'];
  const used = roots.filter((root) => existsSync(join(root, 'cgroup.procs')));
  return used.map((root) => {
    const group = join(root, `openmanager-test-${process.pid}`);
    mkdirSync(group, { recursive: true });
    own(group);
    for (const name of ['cgroup.procs', 'cgroup.subtree_control', 'cgroup.threads', 'tasks']) {
      if (existsSync(join(group, name))) own(join(group, name));
    }
    return group;
  });
}

/** With those that systemd made in it, the innermost first; only folders can be removed there. */
function removeControlGroup(group: string): void {
  const found = execFileSync('find', [group, '-depth', '-type', 'd'], { encoding: 'utf8' });
  for (const folder of found.trim().split('\n')) rmdirSync(folder);
}
