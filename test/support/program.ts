import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packagePath } from '../../src/core/package-path.ts';
import { type TemporaryDir, temporaryDir } from './temporary-dir.ts';
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
  /** Asks it to end and resolves to its exit code. */
  stop(): Promise<number | null>;
}

/** The built program, serving HTTP on a free port. */
export async function startServer(...flags: string[]): Promise<StartedServer> {
  const data: TemporaryDir = temporaryDir();
  const { command, args, env } = programCommand(data.path, 'serve', '--port', '0', ...flags);
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const exit = once(child, 'exit');
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const stop = async () => {
    child.kill();
    const [code] = await exit;
    return code as number | null;
  };
  try {
    const url = await until('the server to listen', () => {
      if (child.exitCode !== null) throw new Error(`the server ended: ${stderr}`);
      return /^MCP over HTTP: +(\S+)$/m.exec(stdout)?.[1];
    });
    return {
      url: new URL(url),
      token: readFileSync(join(data.path, 'token'), 'utf8').trim(),
      pid: child.pid ?? 0,
      stderr: () => stderr,
      stop,
      async [Symbol.asyncDispose]() {
        await stop();
        data[Symbol.dispose]();
      },
    };
  } catch (error) {
    await stop();
    data[Symbol.dispose]();
    throw error;
  }
}
