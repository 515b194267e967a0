/** `compute`, whose result for an array is kept as long as that same array is. */
export function remembered<T>(compute: (values: Float64Array) => T): (values: Float64Array) => T {
  const results = new WeakMap<Float64Array, T>();
  return (values) => {
    const known = results.get(values);
    if (known !== undefined) return known;
    const result = compute(values);
    results.set(values, result);
    return result;
  };
}
