import {
  type AnomalyInterval,
  describeInterval,
  type JudgedSeries,
  joinOddSteps,
  toScore,
} from './anomaly-intervals.ts';
import { at } from './at.ts';
import { frozenRuns } from './detectors/frozen-runs.ts';
import { stretchDeviation } from './detectors/odd-stretches.ts';

/** Standard deviations of a step that are as odd as one unit of a stretch's or a standstill's own measure. */
const DEVIATIONS_A_STRETCH = 1.2;
const DEVIATIONS_A_STANDSTILL = 5;

export interface IntervalSearch extends JudgedSeries {
  /** Residuals in robust standard deviations, 0 where they are off the wanted direction, NaN = missing. */
  readonly deviations: Float64Array;
  /** What belongs together, in steps. */
  readonly window: number;
  /** Robust standard deviations from which on a step is odd. */
  readonly limit: number;
}

/**
 * The intervals of a series that are odd, the worst first, none overlapping another: steps outside of the band; standstills,
 * which take up what lies within them; and stretches that are odd as a whole, where no step of them is told already.
 */
export function findIntervals(search: IntervalSearch): AnomalyInterval[] {
  const frozen = findStandstills(search);
  const outside = joinOddSteps(search.scores, toScore(search.limit))
    .map((steps) => describeInterval(search, steps, { kind: 'value', score: 0 }))
    .filter((one) => !frozen.some((other) => overlap(one, other)));
  const told = [...frozen, ...outside];
  const stretches = findStretches(search).filter((one) => !told.some((other) => overlap(one, other)));
  return [...told, ...stretches].sort((a, b) => b.score - a.score);
}

function findStandstills(search: IntervalSearch): AnomalyInterval[] {
  return frozenRuns(search.values)
    .map(({ start, end, timesLonger }) => ({ start, end, deviation: DEVIATIONS_A_STANDSTILL * timesLonger }))
    .filter(({ start, end, deviation }) => deviation >= search.limit && hasWanted(search, start, end))
    .map(({ start, end, deviation }) => {
      const steps = { start, end, points: end - start };
      return describeInterval(search, steps, { kind: 'standstill', score: toScore(deviation) });
    });
}

function findStretches(search: IntervalSearch): AnomalyInterval[] {
  const scores = stretchDeviation(search.deviations, search.window).map((one) => toScore(DEVIATIONS_A_STRETCH * one));
  return joinOddSteps(scores, toScore(search.limit))
    .filter(({ start, end }) => hasWanted(search, start, end))
    .map((steps) => {
      const score = scores.subarray(steps.start, steps.end).reduce((a, b) => Math.max(a, b), 0);
      return describeInterval(search, steps, { kind: 'course', score });
    });
}

/** Whether any step of it has a value on the side that was asked for. */
function hasWanted({ scores }: IntervalSearch, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (at(scores, i) > 0) return true;
  return false;
}

function overlap(a: AnomalyInterval, b: AnomalyInterval): boolean {
  return a.startIndex < b.endIndex && b.startIndex < a.endIndex;
}
