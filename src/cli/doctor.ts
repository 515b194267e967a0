import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { namedConfigFile, processSources } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { systemClock } from '../core/clock.ts';
import { toOpenManagerError } from '../core/errors.ts';
import { formatValue } from '../core/format.ts';
import type { Command } from './command.ts';
import { findDatabase } from './doctor-database.ts';
import { exposedSecrets, modeForOthers } from './doctor-secrets.ts';
import type { Finding } from './finding.ts';

export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'say what is found, what is missing and how to fix it',
  async run({ config, commandLine, options, log, print }) {
    const findings = [
      runtime(),
      dataDir(config),
      freeSpace(config),
      await findDatabase(config, log),
      await collector(),
      ...linuxSources(),
      tokenFile(config),
      ...exposedSecrets(config, namedConfigFile(processSources(commandLine))),
      await port(config),
    ];
    const healthy = findings.every(({ state }) => state !== 'problem');
    print(options.json ? JSON.stringify({ healthy, findings }, null, 2) : findings.map(line).join('\n'));
    return healthy ? 0 : 1;
  },
};

function line({ check, state, found, fix }: Finding): string {
  return `${{ ok: 'ok     ', warning: 'warning', problem: 'PROBLEM' }[state]}  ${check}: ${found}${fix ? `\n         -> ${fix}` : ''}`;
}

function runtime(): Finding {
  return {
    check: 'runtime',
    state: 'ok',
    found: `Node.js ${process.versions.node} on ${process.platform} ${process.arch}`,
  };
}

function dataDir({ dataDir: path }: Config): Finding {
  const folder = existingFolder(path);
  try {
    if (!statSync(folder).isDirectory()) throw new Error('not a folder');
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return { check: 'data folder', state: 'ok', found: folder === path ? path : `${path}, created at the first start` };
  } catch {
    return {
      check: 'data folder',
      state: 'problem',
      found: `${path} cannot be written${folder === path ? '' : `: ${folder} is no folder that this user may write`}`,
      fix: 'give this user write access, or name another folder with --data-dir',
    };
  }
}

/** The path itself, or the nearest one above it that exists. */
function existingFolder(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : existingFolder(dirname(path));
}

const littleBytes = 500 * 1024 ** 2;

function freeSpace({ dataDir: path }: Config): Finding {
  const folder = existingFolder(path);
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const found = `${formatValue(free, 'By')} free on the disk of ${folder}`;
  if (free >= littleBytes) return { check: 'disk space', state: 'ok', found };
  return { check: 'disk space', state: 'warning', found, fix: 'free some space, or lower --retention-days' };
}

async function collector(): Promise<Finding> {
  try {
    const source =
      process.platform === 'linux'
        ? (await import('../metrics/collectors/linux/index.ts')).createLinuxSource({ clock: systemClock })
        : (await import('../metrics/collectors/system-information.ts')).createSystemInformationSource({
            clock: systemClock,
          });
    const { descriptors } = await source.readCore();
    if (descriptors.length > 0)
      return { check: 'collector', state: 'ok', found: `${source.id}, ${descriptors.length} series` };
    return {
      check: 'collector',
      state: 'problem',
      found: `${source.id} reads nothing`,
      fix: 'check that /proc is mounted',
    };
  } catch (error) {
    return {
      check: 'collector',
      state: 'problem',
      found: toOpenManagerError(error).message,
      fix: 'see the log on stderr',
    };
  }
}

function linuxSources(): Finding[] {
  if (process.platform !== 'linux') return [];
  const sources = [
    {
      check: 'pressure',
      path: '/proc/pressure/cpu',
      fix: 'a kernel of 4.20 or newer with psi=1 shows how long tasks wait',
    },
    {
      check: 'cgroup v2',
      path: '/sys/fs/cgroup/cgroup.controllers',
      fix: 'limits of containers are read from cgroup v2 alone',
    },
  ];
  return sources.map(({ check, path, fix }) =>
    existsSync(path)
      ? { check, state: 'ok', found: path }
      : { check, state: 'warning', found: `${path} is missing`, fix },
  );
}

function tokenFile({ dataDir: path }: Config): Finding {
  const file = join(path, 'token');
  if (!existsSync(file)) return { check: 'token', state: 'ok', found: 'none yet, created when serve starts' };
  const mode = modeForOthers(file);
  if (mode === undefined) return { check: 'token', state: 'ok', found: file };
  return {
    check: 'token',
    state: 'problem',
    found: `${file} can be read by others (mode ${mode})`,
    fix: `chmod 600 ${file}`,
  };
}

async function port({ host, port: number }: Config): Promise<Finding> {
  const where = `${host}:${number}`;
  const taken = await new Promise<string | null>((resolve) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'));
    probe.listen(number, host, () => probe.close(() => resolve(null)));
  });
  if (taken === null) return { check: 'port', state: 'ok', found: `${where} is free` };
  if (taken === 'EADDRINUSE') {
    return {
      check: 'port',
      state: 'warning',
      found: `${where} is in use`,
      fix: 'it may be a serve of yours; else pass another --port',
    };
  }
  return {
    check: 'port',
    state: 'problem',
    found: `${where} cannot be bound (${taken})`,
    fix: 'pass another --host or --port',
  };
}
