import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Forecasts, type Task, withoutGaps } from '../method.ts';
import type { IntervalPrediction, Prediction } from '../prediction.ts';

const LEVELS = [0.8, 0.95];

/**
 * Forecasts by a program that is called with the names of two files: it reads a line a series from the first one,
 * `horizon;period,period;value,value,...`, and writes a line of numbers with commas for each to the second one: its CPU
 * seconds, the means, then lower and upper bounds at 80 and at 95 %; after the seconds nothing where it failed.
 */
export function forecastByProgram(command: string, args: readonly string[], tasks: readonly Task[]): Forecasts {
  const folder = mkdtempSync(join(tmpdir(), 'openmanager-bench-'));
  const [input, output] = [join(folder, 'in.txt'), join(folder, 'out.txt')];
  try {
    writeFileSync(input, tasks.map(lineOf).join(''));
    const { status, error, stderr } = spawnSync(command, [...args, input, output], {
      stdio: ['ignore', 'ignore', 'pipe'],
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
    if (status !== 0) throw new Error(`${command} failed: ${error?.message ?? stderr.slice(-500)}`);
    const lines = readFileSync(output, 'utf8').trimEnd().split('\n');
    if (lines.length !== tasks.length) throw new Error(`${command} gave ${lines.length} of ${tasks.length} forecasts`);
    const rows = lines.map((line) => line.split(',').map(Number));
    return {
      predictions: rows.map((row, i) => readPrediction(row.slice(1), tasks[i]?.horizon ?? 0)),
      cpuSeconds: rows.reduce((sum, [seconds = Number.NaN]) => sum + seconds, 0),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function lineOf({ history, horizon, periods }: Task): string {
  return `${horizon};${periods.join(',')};${withoutGaps(history).join(',')}\n`;
}

function readPrediction(numbers: readonly number[], horizon: number): Prediction | null {
  if (numbers.length === 0) return null;
  if (numbers.length !== horizon * (1 + 2 * LEVELS.length)) throw new Error(`a forecast has ${numbers.length} numbers`);
  const part = (i: number) => numbers.slice(i * horizon, (i + 1) * horizon);
  const intervals = LEVELS.map(
    (level, k): IntervalPrediction => ({ level, lower: part(1 + 2 * k), upper: part(2 + 2 * k) }),
  );
  return numbers.every(Number.isFinite) ? { mean: part(0), intervals } : null;
}
