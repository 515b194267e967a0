import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { programCommand } from './program.ts';

export interface FinishedRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly command?: string;
  /** Added to what {@link programCommand} sets; undefined leaves a variable out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
}

/** Runs a command line of the built program to its end, with no input; one that does not end is killed. */
export async function runProgram(
  dataDir: string,
  words: readonly string[],
  options: RunOptions = {},
): Promise<FinishedRun> {
  const { command, args, env } = programCommand(dataDir, ...words);
  return run(options.command ?? command, args, { ...options, env: { ...env, ...options.env } });
}

/** Runs any command to its end. */
export async function run(
  command: string,
  args: readonly string[],
  { cwd, env }: { cwd?: string; env?: Readonly<Record<string, string | undefined>> } = {},
): Promise<FinishedRun> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 50_000,
    killSignal: 'SIGKILL',
    ...(env && { env }),
    ...(cwd !== undefined && { cwd }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode, stdout, stderr };
}
