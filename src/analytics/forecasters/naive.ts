import { at } from '../at.ts';
import type { Forecaster } from '../forecaster.ts';

/** The last value, repeated. */
export const naive: Forecaster = {
  name: 'naive',
  minPoints: 1,
  fit(history) {
    const last = at(history, history.length - 1);
    return { predict: (horizon) => new Float64Array(horizon).fill(last) };
  },
};
