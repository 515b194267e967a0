import type { TimeToThreshold } from '../../src/analytics/index.ts';

export type Answer = Pick<TimeToThreshold, 'earliest' | 'likely' | 'latest'>;

/**
 * What alerts on `predict_linear(x[window], t) > threshold` come to: least squares over the last `hours`, continued from
 * the end. https://prometheus.io/docs/prometheus/latest/querying/functions/#predict_linear
 */
export function predictLinear(
  history: Float64Array,
  { hours, threshold, aheadHours }: { hours: number; threshold: number; aheadHours: number },
): Answer {
  const window = history.subarray(history.length - hours);
  const middle = (hours - 1) / 2;
  let [sum, crossed, squares] = [0, 0, 0];
  window.forEach((value, i) => {
    sum += value;
    crossed += (i - middle) * value;
    squares += (i - middle) ** 2;
  });
  const slope = crossed / squares;
  const steps = (threshold - (sum / hours + slope * middle)) / slope;
  const likely = slope > 0 && steps <= aheadHours ? Math.max(1, Math.ceil(steps)) : null;
  return { earliest: likely, likely, latest: likely };
}
