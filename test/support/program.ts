import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packagePath } from '../../src/core/package-path.ts';
import { temporaryDir } from './temporary-dir.ts';
import { until } from './until.ts';

/** How to start the built program; every tool is on, and a reading is taken each second. */
export interface ProgramCommand {
  readonly command: string;
  readonly args: string[];
  readonly env: Record<string, string>;
}

export function programCommand(dataDir: string, ...words: string[]): ProgramCommand {
  return {
    command: process.execPath,
    args: [packagePath('dist', 'main.js'), ...words],
    env: {
      PATH: process.env.PATH ?? '',
      OPENMANAGER_DATA_DIR: dataDir,
      OPENMANAGER_TOOLSETS: 'all',
      OPENMANAGER_COLLECT_INTERVAL_SECONDS: '1',
      OPENMANAGER_LOG_LEVEL: 'warn',
    },
  };
}

export interface StartedServer extends AsyncDisposable {
  readonly url: URL;
  readonly token: string;
  readonly pid: number;
  /** What it has written to stderr. */
  stderr(): string;
  kill(signal: NodeJS.Signals): void;
  /** Resolves to its exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>;
  /** Asks it to end and resolves to its exit code. */
  stop(): Promise<number | null>;
}

/** The built program, serving HTTP on a free port, with a data folder of its own. */
export async function startServer(...flags: string[]): Promise<StartedServer> {
  const data = temporaryDir();
  try {
    const server = await startServerOn(data.path, ...flags);
    return {
      ...server,
      async [Symbol.asyncDispose]() {
        await server.stop();
        data[Symbol.dispose]();
      },
    };
  } catch (error) {
    data[Symbol.dispose]();
    throw error;
  }
}

/** The same on a data folder that stays. */
export function startServerOn(dataDir: string, ...flags: string[]): Promise<StartedServer> {
  return startServing(programCommand(dataDir, 'serve', '--port', '0', ...flags), dataDir);
}

/** The same with a command of its own, which must serve on this data folder. */
export async function startServing({ command, args, env }: ProgramCommand, dataDir: string): Promise<StartedServer> {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const stop = () => {
    child.kill();
    return ended;
  };
  try {
    const url = await until('the server to listen', () => {
      if (child.exitCode !== null) throw new Error(`the server ended: ${stderr}`);
      return /^MCP over HTTP: +(\S+)$/m.exec(stdout)?.[1];
    });
    return {
      url: new URL(url),
      token: readFileSync(join(dataDir, 'token'), 'utf8').trim(),
      pid: child.pid ?? 0,
      stderr: () => stderr,
      kill: (signal) => void child.kill(signal),
      ended,
      stop,
      async [Symbol.asyncDispose]() {
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
