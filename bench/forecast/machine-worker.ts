import { readMachine } from './bitbrains.ts';
import { measureSeries } from './measure-series.ts';
import { HORIZONS, type HorizonName } from './ops-series.ts';
import type { SeriesScores } from './ops-summary.ts';
import type { Effort } from './prediction.ts';
import { type Split, traceWindows } from './windows.ts';

export interface MachineTask {
  readonly file: string;
  readonly split: Split;
  readonly windows: number;
  readonly efforts: readonly Effort[];
}

/** One metric of the machine, forecast at one effort for one horizon. */
export interface MachineScores extends SeriesScores {
  readonly horizon: HorizonName;
  readonly effort: Effort;
  readonly cpuSeconds: number;
  /** Of each window what its backtest told of the levels' coverage, where it had one. */
  readonly told: readonly (readonly number[])[];
}

/** All metrics of one machine of Bitbrains; runs in a worker thread or where it is called. */
export function measureMachine({ file, split, windows, efforts }: MachineTask): MachineScores[] {
  const horizons = Object.entries(HORIZONS) as [HorizonName, number][];
  return readMachine(file).flatMap((series) =>
    horizons.flatMap(([horizon, horizonMs]) => {
      const cut = traceWindows(series, split, horizonMs / series.stepMs, windows);
      return efforts.map((effort) => {
        const { scores, predictions } = measureSeries(series, cut, effort);
        const cpuSeconds = predictions.reduce((sum, prediction) => sum + prediction.cpuSeconds, 0);
        return {
          ...scores,
          horizon,
          effort,
          cpuSeconds,
          told: predictions.flatMap(({ told }) => (told ? [told] : [])),
        };
      });
    }),
  );
}
