export interface UnitBounds {
  readonly lower?: number;
  readonly upper?: number;
}

/** Sizes, times, rates and counts, which UCUM writes as annotations: `{thread}`. */
const neverNegative = /^([KMGTP]i?)?(By|bit)$|^([mun]?s|min|h|d|Hz)$|\/s$|^\{[^}]*\}$/;

/**
 * The values that a unit allows: shares, sizes, times and rates cannot be negative, and a share of something cannot
 * exceed it. A bound that some of `values` are beyond does not hold for them: a ratio may be more than 1, and processor
 * time of several cores more than 100 %. Whole numbers without a unit are counts, not shares.
 */
export function unitBounds(unit: string, values: Float64Array): UnitBounds {
  const whole = unit === '%' ? 100 : unit === '1' && !areCounts(values) ? 1 : undefined;
  const cannotBeNegative = unit === '%' || unit === '1' || neverNegative.test(unit);
  return {
    ...(cannotBeNegative && !values.some((value) => value < 0) && { lower: 0 }),
    ...(whole !== undefined && !values.some((value) => value > whole) && { upper: whole }),
  };
}

function areCounts(values: Float64Array): boolean {
  return values.some((value) => value === 1) && values.every((value) => Number.isInteger(value) || Number.isNaN(value));
}

/** `value` moved to the nearest one within the bounds. */
export function withinBounds(value: number, { lower, upper }: UnitBounds): number {
  return Math.min(upper ?? Number.POSITIVE_INFINITY, Math.max(lower ?? Number.NEGATIVE_INFINITY, value));
}
