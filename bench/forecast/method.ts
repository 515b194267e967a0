import { cpuSeconds } from '../support/cpu.ts';
import { type Effort, type Prediction, predict } from './prediction.ts';

/** What a method is given. */
export interface Task {
  /** NaN = missing. */
  readonly history: Float64Array;
  /** Steps to forecast. */
  readonly horizon: number;
  readonly stepMs: number;
  /** Seasonal periods in steps: told to peers, which do not find them. */
  readonly periods: readonly number[];
}

/** A way to forecast, ours or a peer's. */
export interface Method {
  readonly name: string;
  /** In the order of the tasks. */
  forecast(tasks: readonly Task[]): Promise<Forecasts>;
}

export interface Forecasts {
  /** null where the method refused the series or failed on it. */
  readonly predictions: readonly (Prediction | null)[];
  /** User and system time of the forecasting alone, of every thread: no start of a program, no reading of files. */
  readonly cpuSeconds: number;
}

/** A method that cannot be measured here. */
export interface Absent {
  readonly name: string;
  /** Why, and how to get it. */
  readonly absent: string;
}

/** Ours, its backtest included; no period is told. */
export function ownMethod(effort: Effort): Method {
  return {
    name: effort,
    forecast: async (tasks) => {
      let predictions: Prediction[] = [];
      const seconds = cpuSeconds(() => {
        predictions = tasks.map(({ history, horizon, stepMs }) => predict(history, { horizon, stepMs, effort }));
      });
      return { predictions, cpuSeconds: seconds };
    },
  };
}

export interface Turns {
  readonly rounds: number;
  /** What each method forecasts first in each round, not counted: a process that serves has its code compiled. */
  readonly warmUp: readonly Task[];
}

export interface TurnForecasts extends Forecasts {
  /** Of what was not counted, in the first round. */
  readonly warmUpSeconds: number;
}

/** Forecasts of all tasks by all methods, in rounds of a few tasks each: what else the machine does then meets all alike. */
export async function forecastInTurn(
  methods: readonly Method[],
  tasks: readonly Task[],
  { rounds, warmUp }: Turns,
): Promise<Map<string, TurnForecasts>> {
  const results = new Map(
    methods.map(({ name }) => [
      name,
      { predictions: [] as (Prediction | null)[], cpuSeconds: 0, warmUpSeconds: Number.NaN },
    ]),
  );
  for (let round = 0; round < rounds; round++) {
    const some = tasks.slice((round * tasks.length) / rounds, ((round + 1) * tasks.length) / rounds);
    for (const method of round % 2 === 0 ? methods : methods.toReversed()) {
      const result = results.get(method.name);
      if (warmUp.length > 0) {
        const first = await method.forecast(warmUp);
        if (result !== undefined && round === 0) result.warmUpSeconds = first.cpuSeconds;
      }
      const { predictions, cpuSeconds: seconds } = await method.forecast(some);
      result?.predictions.push(...predictions);
      if (result !== undefined) result.cpuSeconds += seconds;
    }
  }
  return results;
}

/** What peers get in place of gaps, which they do not take: straight lines, the nearest value at the ends. */
export function withoutGaps(values: Float64Array): Float64Array {
  const known = [...values.keys()].filter((i) => Number.isFinite(values[i]));
  const filled = values.slice();
  let k = 0;
  for (let i = 0; i < filled.length; i++) {
    while (k < known.length - 1 && (known[k + 1] ?? 0) <= i) k++;
    const [left = 0, right = left] = [known[k], known[k + 1]];
    const [low = Number.NaN, high = low] = [values[left], values[right]];
    const share = right === left ? 0 : Math.min(1, Math.max(0, (i - left) / (right - left)));
    filled[i] = low + share * (high - low);
  }
  return filled;
}
