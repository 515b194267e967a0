/** The values that a unit allows: shares, sizes, times and rates cannot be negative, and a share of something cannot exceed it. */
export function unitBounds(unit: string): { readonly lower?: number; readonly upper?: number } {
  if (unit === '1') return { lower: 0, upper: 1 };
  return unit === 'By' || unit === 's' || unit.endsWith('/s') ? { lower: 0 } : {};
}

/** `value` moved to the nearest one that the unit allows. */
export function withinUnit(value: number, unit: string): number {
  const { lower = Number.NEGATIVE_INFINITY, upper = Number.POSITIVE_INFINITY } = unitBounds(unit);
  return Math.min(upper, Math.max(lower, value));
}
