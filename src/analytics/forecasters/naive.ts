import { lastFinite } from '../finite-ends.ts';
import type { Forecaster } from '../forecaster.ts';

/** The last value, repeated: the baseline that every other method has to beat. */
export const naive: Forecaster = {
  name: 'naive',
  minPoints: 1,
  fit(history) {
    const { value } = lastFinite(history);
    return { predict: (horizon) => new Float64Array(horizon).fill(value) };
  },
};
