import { at } from './at.ts';
import { type Changepoint, findChangepoints } from './changepoints.ts';

/** A change that begins an incident lasts for so many values at least. */
const MIN_STEPS = 3;
/** A changepoint counts when the level after it is so much of the way from the one before to the one during. */
const LEAST_WAY = 0.2;
/** So much of the way a value must have gone for the change to have begun. */
const BEGUN = 0.15;

export interface Change {
  /** Of the series before the incident and during it. */
  readonly before: number;
  readonly during: number;
  /** How far values are usually from `before`. */
  readonly spread: number;
}

/**
 * The index from which on the level of `values` (all finite) is on its way from `before` to `during`: the first changepoint
 * that leads there, from the length of the incident before `incidentAt` on, and from it back to the first value that has
 * left what the baseline was. The greatest value on the way where there is no changepoint.
 */
export function findOnset(values: Float64Array, incidentAt: number, change: Change): number {
  const earliest = earliestOf(values, incidentAt);
  const direction = change.during >= change.before ? 1 : -1;
  const way = Math.abs(change.during - change.before);
  const goneAt = (value: number) => direction * (value - change.before);
  const leads = ({ index, after, before }: Changepoint) =>
    index >= earliest && goneAt(after) >= LEAST_WAY * way && direction * (after - before) > 0;
  const found = findChangepoints(values, { periods: [], minSteps: MIN_STEPS }).find(leads);
  const start = found?.index ?? farthest(values, incidentAt, goneAt);
  const limit = Math.max(BEGUN * way, Math.min(way / 2, 3 * change.spread));
  const isGone = (i: number) => goneAt(at(values, i)) >= limit;
  return isGone(start) ? firstOfRun(start, earliest, isGone) : nextGone(start, values.length, isGone);
}

/**
 * The same of a burst, which need not last: the first value of the incident that is well on the way from what the highest
 * ones are. A lower one of the baseline does not begin it.
 */
export function findFirstBurst(values: Float64Array, incidentAt: number, { before, during }: Change): number {
  const direction = during >= before ? 1 : -1;
  const way = Math.abs(during - before);
  const goneAt = (value: number) => direction * (value - before);
  for (let i = incidentAt; i < values.length; i++) {
    if (goneAt(at(values, i)) >= LEAST_WAY * way) return i;
  }
  return farthest(values, incidentAt, goneAt);
}

/** An incident that is named too late began at most as long before as it is long. */
function earliestOf(values: Float64Array, incidentAt: number): number {
  return Math.max(1, incidentAt - (values.length - incidentAt));
}

function farthest(values: Float64Array, from: number, goneAt: (value: number) => number): number {
  let best = from;
  for (let i = from; i < values.length; i++) if (goneAt(at(values, i)) > goneAt(at(values, best))) best = i;
  return best;
}

function firstOfRun(start: number, earliest: number, isGone: (i: number) => boolean): number {
  let i = start;
  while (i > earliest && isGone(i - 1)) i--;
  return i;
}

/** A changepoint may lie a few steps before the change that is clear. */
function nextGone(start: number, end: number, isGone: (i: number) => boolean): number {
  for (let i = start; i < Math.min(end, start + 2 * MIN_STEPS); i++) if (isGone(i)) return i;
  return start;
}

/** From which index on how far values are spread changes; `incidentAt` where no changepoint tells. */
export function findSpreadOnset(values: Float64Array, incidentAt: number): number {
  const earliest = earliestOf(values, incidentAt);
  const found = findChangepoints(values, { periods: [], change: 'spread' }).find(({ index }) => index >= earliest);
  return found?.index ?? incidentAt;
}
