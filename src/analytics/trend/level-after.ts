import { at } from '../at.ts';
import { jumpAt } from './late-shift.ts';
import { measureRamp, type Regime } from './regime.ts';
import { bridged, robustSpread } from './shifts.ts';
import { type Doubt, noDoubt } from './trend-forecast.ts';

/** The part of a series that its trend is learned from. */
export interface Learnable {
  /** NaN = missing. */
  readonly values: Float64Array;
  /** How sure it is that what came before a change of level says how it goes on after it. */
  readonly doubt: Doubt;
}

/** After a change of level, growth of before goes on but for this share: less was deleted than grew, or all became larger. */
const UNSTEADY_AFTER = 0.2;
/** Standard deviation of where a level settles after a change, as a share of the change. */
const UNSETTLED = 0.1;
/** Seasons, or the share of the series where it has none, after a change of level, that need nothing from before it. */
const OWN_SEASONS = 6;
const OWN_SHARE = 0.2;

/**
 * What follows the last change of level. Where that is short, what came before is put in front, moved to the new level:
 * a disk that was tidied up an hour ago goes on growing as it did, from where it is now.
 */
export function learnable(known: Float64Array, regime: Regime, season: number): Learnable {
  const values = known.slice();
  const bridges = bridged(known);
  for (const { start, end } of regime.excursions) values.fill(Number.NaN, start, end);
  const needed = season > 1 ? OWN_SEASONS * season : OWN_SHARE * known.length;
  let { start } = regime;
  let level = 0;
  for (let i = regime.levels.length - 1; i >= 0 && known.length - start < needed; i--) {
    const from = regime.levels[i - 1]?.index ?? 0;
    const before = values.subarray(from, start);
    const { size, steps } = jumpAt(bridges, start);
    const grown = measureRamp(before).slope * steps;
    const spread = robustSpread(before.subarray(1).map((value, j) => value - at(before, j)));
    level += (UNSETTLED * size) ** 2 + (spread ** 2 || 0);
    // All that was moved already stays joined.
    for (let j = 0; j < start; j++) values[j] = at(values, j) + size - (Number.isFinite(grown) ? grown : 0);
    start = from;
  }
  const isJoined = start < regime.start;
  return { values: values.slice(start), doubt: isJoined ? { level, slope: UNSTEADY_AFTER } : noDoubt };
}
