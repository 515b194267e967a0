/** The last whole cycles of `period` steps, the latest first, at most `count`; views, not copies. */
export function cyclesFromEnd(history: Float64Array, period: number, count: number): Float64Array[] {
  const length = Math.min(count, Math.floor(history.length / period));
  return Array.from({ length }, (_, age) => {
    const end = history.length - age * period;
    return history.subarray(end - period, end);
  });
}

/** `horizon` steps that go round the cycle from its start. */
export function repeatCycle(cycle: Float64Array, horizon: number): Float64Array {
  const repeated = new Float64Array(horizon);
  for (let from = 0; from < horizon; from += cycle.length) {
    repeated.set(cycle.subarray(0, Math.min(cycle.length, horizon - from)), from);
  }
  return repeated;
}
