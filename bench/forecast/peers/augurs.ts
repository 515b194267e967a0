import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import init, { MSTL } from '@bsull/augurs/mstl';
import { cpuSeconds } from '../../support/cpu.ts';
import { type Method, type Task, withoutGaps } from '../method.ts';
import type { Prediction } from '../prediction.ts';

const LEVEL = 0.95;

/** MSTL with ETS on the trend, as WebAssembly; intervals at 95 %. */
export async function openAugurs(): Promise<Method> {
  const wasm = fileURLToPath(import.meta.resolve('@bsull/augurs/mstl').replace(/mstl\.js$/, 'mstl_bg.wasm'));
  await init({ module_or_path: await readFile(wasm) });
  return {
    name: 'augurs MSTL + ETS',
    forecast: async (tasks) => {
      let predictions: (Prediction | null)[] = [];
      const seconds = cpuSeconds(() => {
        predictions = tasks.map(predict);
      });
      return { predictions, cpuSeconds: seconds };
    },
  };
}

function predict({ history, horizon, periods }: Task): Prediction | null {
  try {
    using model = MSTL.ets([...periods]);
    model.fit(withoutGaps(history));
    const { point, intervals } = model.predict(horizon, LEVEL);
    if (!point.every(Number.isFinite)) return null;
    return { mean: point, intervals: intervals === undefined ? [] : [intervals] };
  } catch {
    // It throws strings for series that it cannot fit.
    return null;
  }
}
