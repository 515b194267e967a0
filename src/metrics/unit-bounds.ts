export interface UnitBounds {
  readonly lower?: number;
  readonly upper?: number;
}

export interface BoundedUnit {
  /** UCUM, as in {@link Descriptor}. */
  readonly unit: string;
  /** As `shownUnit` tells: a value of unit `1` that is shown as such is a share. */
  readonly shownUnit: string;
}

/**
 * Sizes, times, frequencies, rates and counts, which UCUM writes as annotations: `{thread}`; with the prefixes of UCUM, and
 * `K`, which many write for its `k`.
 */
const neverNegative = /^(([KMGTPE]i|[kKMGTPEmun])?(By|bit|s|Hz)|min|h|d|wk)$|\/(s|min|h|d)$|^\{[^}]*\}$/;

/** So many values are enough to tell where a series rests. */
const leastResting = 200;
/** One value of ten is at rest, within a hundredth of the greatest one. */
const restingShare = 0.1;
const restingHeight = 0.01;

/**
 * The values that a unit allows: shares, sizes, times and rates cannot be negative, and a share of something cannot
 * exceed it. A bound that some of `values` are beyond does not hold for them: a ratio may be more than 1, and processor
 * time of several cores more than 100 %. Of any other unit, even an unknown one, a series that rests on zero is not
 * negative; one that is merely positive so far, as a temperature or a balance, has no bound.
 */
export function unitBounds({ unit, shownUnit }: BoundedUnit, values: Float64Array): UnitBounds {
  const whole = unit === '%' ? 100 : shownUnit === '1' ? 1 : undefined;
  const cannotBeNegative = unit === '%' || unit === '1' || neverNegative.test(unit) || restsOnZero(values);
  return {
    ...(cannotBeNegative && !values.some((value) => value < 0) && { lower: 0 }),
    ...(whole !== undefined && !values.some((value) => value > whole) && { upper: whole }),
  };
}

/**
 * Whether a long series comes down to zero often and never goes below: what could would have, as a value that wanders
 * through zero is not stopped there.
 */
function restsOnZero(values: Float64Array): boolean {
  let greatest = 0;
  let known = 0;
  for (const value of values) {
    if (value < 0) return false;
    if (Number.isFinite(value)) {
      known += 1;
      greatest = Math.max(greatest, value);
    }
  }
  // All zeros tell nothing: what they are the difference of may begin to differ.
  if (known < leastResting || greatest === 0) return false;
  const resting = values.reduce((n, value) => (value <= restingHeight * greatest ? n + 1 : n), 0);
  return resting >= restingShare * known;
}

/** `value` moved to the nearest one within the bounds. */
export function withinBounds(value: number, { lower, upper }: UnitBounds): number {
  return Math.min(upper ?? Number.POSITIVE_INFINITY, Math.max(lower ?? Number.NEGATIVE_INFINITY, value));
}
