import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a program answers that is called with the names of two files, and writes to the second a line for each of the first. */
export function runOnLines(command: string, args: readonly string[], lines: readonly string[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'openmanager-bench-'));
  const [input, output] = [join(folder, 'in.txt'), join(folder, 'out.txt')];
  try {
    writeFileSync(input, lines.map((line) => `${line}\n`).join(''));
    const { status, error, stderr } = spawnSync(command, [...args, input, output], {
      stdio: ['ignore', 'ignore', 'pipe'],
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
    if (status !== 0) throw new Error(`${command} failed: ${error?.message ?? stderr.slice(-500)}`);
    const answers = readFileSync(output, 'utf8').trimEnd().split('\n');
    if (answers.length === lines.length) return answers;
    throw new Error(`${command} answered ${answers.length} of ${lines.length} lines`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
