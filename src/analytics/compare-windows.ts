import { type ChangeDescription, describeChange } from './describe-change.ts';
import { movesWith, type Together } from './moves-with.ts';
import { denormalize, normalize } from './normalize.ts';
import {
  isFloat64Array,
  requireEach,
  requireKnown,
  requireLength,
  requirePositive,
  requireSameLength,
  requireWhole,
} from './validate.ts';

export interface CompareOptions {
  /** Steps of the baseline, the first ones of the values; the others are the incident's. At least 1 of each. */
  readonly incidentAt: number;
  /** All of it, > 0, as 1 of a share: then a change is large by its own size and not beside the level. None when left out. */
  readonly scale?: number | undefined;
  /**
   * What is much of it, > 0, in its unit: a smaller change matters less, however odd. When left out a quarter of the scale,
   * where there is one, else anything.
   */
  readonly notable?: number | undefined;
  /** The same steps of earlier days, three or more: what happens at that time each day is nothing unusual then. */
  readonly earlier?: readonly Float64Array[] | undefined;
  /** The series that was odd, with the same steps: how this one moves with it is told. */
  readonly reference?: Float64Array | undefined;
}

const OPTIONS = [
  'incidentAt',
  'scale',
  'notable',
  'earlier',
  'reference',
] as const satisfies readonly (keyof CompareOptions)[];

/** How a series was in an incident beside its baseline. */
export interface WindowChange extends ChangeDescription {
  /** How it moves with the reference; null without one. */
  readonly together: Together | null;
}

/**
 * Compares a series in an incident with the same in a baseline: how its distribution, level, peaks and roughness differ,
 * beside how they do from one part of the baseline to another, and since when.
 *
 * `values`: those of the baseline and then those of the incident, at most 200,000 steps, NaN or infinite = missing, any
 * unit and magnitude. Takes n log n. Throws `invalid_argument` for an option out of range.
 */
export function compareWindows(values: Float64Array, o: CompareOptions): WindowChange {
  requireLength(values);
  requireKnown(o, OPTIONS);
  requireWhole('incidentAt', o.incidentAt, 1, Math.max(1, values.length - 1));
  requirePositive('scale', o.scale);
  requirePositive('notable', o.notable);
  requireEarlier(o.earlier, values.length);
  requireSameLength('reference', o.reference, values.length);
  const { values: normalized, unit } = normalize(values);
  const [scale, notable] = [(o.scale ?? Number.POSITIVE_INFINITY) / unit, (o.notable ?? 0) / unit];
  const earlier = (o.earlier ?? []).map((day) => day.map((value) => value / unit));
  const change = describeChange(normalized, { incidentAt: o.incidentAt, scale, notable, earlier });
  return {
    ...change,
    before: denormalize(change.before, unit),
    during: denormalize(change.during, unit),
    together: o.reference === undefined ? null : movesWith(normalized, normalize(o.reference).values),
  };
}

function requireEarlier(earlier: unknown, length: number): void {
  if (earlier === undefined) return;
  const valid = `a Float64Array of the ${length} steps of the series`;
  const isValid = (day: unknown) => isFloat64Array(day) && day.length === length;
  requireEach('earlier', earlier, { isValid, valid, example: '[yesterday, theDayBefore]' });
}
