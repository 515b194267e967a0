import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withoutGaps } from '../../forecast/method.ts';
import type { PeerSeries } from './peer.ts';

/**
 * Scores by a program that is called with the names of two files: it reads a line a series from the first one,
 * `window;value,value,...`, and writes a line of as many scores with commas for each to the second one.
 */
export function scoreByProgram(
  command: string,
  args: readonly string[],
  { series, windows }: { series: readonly PeerSeries[]; windows: readonly number[] },
): Float64Array[] {
  const folder = mkdtempSync(join(tmpdir(), 'openmanager-bench-'));
  const [input, output] = [join(folder, 'in.txt'), join(folder, 'out.txt')];
  try {
    const lineOf = ({ values }: PeerSeries, i: number) => `${windows[i]};${withoutGaps(values).join(',')}\n`;
    writeFileSync(input, series.map(lineOf).join(''));
    const { status, error, stderr } = spawnSync(command, [...args, input, output], {
      stdio: ['ignore', 'ignore', 'pipe'],
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
    if (status !== 0) throw new Error(`${command} failed: ${error?.message ?? stderr.slice(-500)}`);
    const lines = readFileSync(output, 'utf8').trimEnd().split('\n');
    if (lines.length !== series.length) throw new Error(`${command} scored ${lines.length} of ${series.length} series`);
    return lines.map((line) => Float64Array.from(line.split(','), Number));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
