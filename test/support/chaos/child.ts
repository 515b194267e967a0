import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { until } from '../until.ts';

const programs = {
  append: new URL('./processes/append.ts', import.meta.url),
  compact: new URL('./processes/compact.ts', import.meta.url),
  'delete-old': new URL('./processes/delete-old.ts', import.meta.url),
  import: new URL('./processes/import.ts', import.meta.url),
  migrate: new URL('./processes/migrate.ts', import.meta.url),
  open: new URL('./processes/open.ts', import.meta.url),
  own: new URL('./processes/own.ts', import.meta.url),
};

/** A process of its own, which says on stdout what it has done. */
export interface Child extends AsyncDisposable {
  /** All that it printed so far; complete once it has ended. */
  readonly lines: readonly string[];
  /** Resolves once it printed a line that begins with `start`. @throws Error when it ended before. */
  printed(start: string): Promise<void>;
  /** Ends it as a crash would; resolves when it is gone and all that it printed is known. */
  kill(): Promise<void>;
  /** Its exit code, null when it was killed. */
  readonly ended: Promise<number | null>;
}

/** @param within the command that it is run by, when it is not run directly. */
export function startChild(
  name: keyof typeof programs,
  args: readonly (string | number)[],
  within: readonly string[] = [],
): Child {
  const words = [...within, process.execPath, fileURLToPath(programs[name]), ...args.map(String)];
  const [command = '', ...rest] = words;
  const child = spawn(command, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  let stderr = '';
  let gone = false;
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  const ended = once(child, 'close').then(([code]) => {
    gone = true;
    return code as number | null;
  });
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  return {
    lines,
    async printed(start) {
      await until(`${name} to print "${start}"`, () => {
        if (lines.some((line) => line.startsWith(start))) return true;
        if (gone) throw new Error(`${name} ended before it printed "${start}": ${stderr}`);
        return false;
      });
    },
    kill,
    ended,
    [Symbol.asyncDispose]: kill,
  };
}
