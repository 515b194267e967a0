import { runOnLines } from '../../support/run-program.ts';
import { type Forecasts, type Task, withoutGaps } from '../method.ts';
import type { IntervalPrediction, Prediction } from '../prediction.ts';

const LEVELS = [0.8, 0.95];

/**
 * Forecasts by a program that reads lines `horizon;period,period;value,value,...` and answers each with numbers with commas:
 * its CPU seconds, the means, then lower and upper bounds at 80 and at 95 %; after the seconds nothing where it failed.
 */
export function forecastByProgram(command: string, args: readonly string[], tasks: readonly Task[]): Forecasts {
  const rows = runOnLines(command, args, tasks.map(lineOf)).map((line) => line.split(',').map(Number));
  return {
    predictions: rows.map((row, i) => readPrediction(row.slice(1), tasks[i]?.horizon ?? 0)),
    cpuSeconds: rows.reduce((sum, [seconds = Number.NaN]) => sum + seconds, 0),
  };
}

function lineOf({ history, horizon, periods }: Task): string {
  return `${horizon};${periods.join(',')};${withoutGaps(history).join(',')}`;
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
