export interface UnitBounds {
  readonly lower?: number;
  readonly upper?: number;
}

/**
 * The values that a unit allows: shares, sizes, times and rates cannot be negative, and a share of something cannot
 * exceed it. A bound that some of `values` are beyond does not hold for them: a ratio may be more than 1.
 */
export function unitBounds(unit: string, values: Float64Array): UnitBounds {
  const isShare = unit === '1';
  const cannotBeNegative = isShare || unit === 'By' || unit === 's' || unit.endsWith('/s');
  return {
    ...(cannotBeNegative && !values.some((value) => value < 0) && { lower: 0 }),
    ...(isShare && !values.some((value) => value > 1) && { upper: 1 }),
  };
}

/** `value` moved to the nearest one within the bounds. */
export function withinBounds(value: number, { lower, upper }: UnitBounds): number {
  return Math.min(upper ?? Number.POSITIVE_INFINITY, Math.max(lower ?? Number.NEGATIVE_INFINITY, value));
}
