/** `values[i]`, NaN outside of the array: an index that the compiler accepts on hot paths without a cast. */
export function at(values: Float64Array, i: number): number {
  return values[i] ?? Number.NaN;
}
