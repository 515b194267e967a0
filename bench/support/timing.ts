/** The middle of `values`, the upper one of two; NaN when there are none. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Milliseconds that `work` took. */
export async function timeMs(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/**
 * The median milliseconds of each of `works`, run in turn `rounds` times after a tenth as many that do not count: what
 * else the machine does meets all of them alike. Every other round is in reverse, as what came before may speed one up:
 * a thread that was just busy answers sooner.
 */
export async function medianTimesMs(rounds: number, works: readonly (() => unknown)[]): Promise<number[]> {
  const times = works.map((): number[] => []);
  for (let round = -Math.ceil(rounds / 10); round < rounds; round++) {
    const order = [...works.entries()];
    for (const [i, work] of round % 2 === 0 ? order : order.reverse()) {
      const tookMs = await timeMs(work);
      if (round >= 0) times[i]?.push(tookMs);
    }
  }
  return times.map(median);
}
