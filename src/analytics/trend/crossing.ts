import type { Outlook } from './outlook.ts';

/** When an outlook goes above a threshold, in steps after the series; null = not within the steps that were looked at. */
export interface Crossing {
  readonly earliest: number | null;
  readonly likely: number | null;
  readonly latest: number | null;
  /** The largest probability of any of the steps to be above. */
  readonly probability: number;
}

/** Looks at the steps from `from` to `to`, counted from the end of what the outlook was learned from. */
export function findCrossing(
  outlook: Outlook,
  threshold: number,
  { from, to }: { from: number; to: number },
): Crossing {
  const { trend } = outlook;
  let earliest: number | null = null;
  let likely: number | null = null;
  let latest: number | null = null;
  let probability = 0;
  for (let step = from; step <= to && latest === null; step++) {
    const ahead = outlook.ahead(step);
    const needed = threshold - outlook.shape(step);
    const mean = trend.mean(ahead);
    const half = trend.halfWidth(ahead);
    if (earliest === null && mean + trend.highest(ahead) >= needed) earliest = step;
    if (likely === null && mean >= needed) likely = step;
    if (mean - half >= needed) latest = step;
    probability = Math.max(probability, trend.above(needed, ahead));
  }
  // Once it is surely above, later steps tell nothing new but how sure.
  if (latest !== null)
    probability = Math.max(probability, trend.above(threshold - outlook.shape(to), outlook.ahead(to)));
  return { earliest, likely, latest, probability };
}

/** What the sooner of two outlooks on different steps says, step by step and end by end. */
export function soonerOf(a: Crossing, b: Crossing): Crossing {
  return {
    earliest: sooner(a.earliest, b.earliest),
    likely: sooner(a.likely, b.likely),
    latest: sooner(a.latest, b.latest),
    probability: Math.max(a.probability, b.probability),
  };
}

function sooner(a: number | null, b: number | null): number | null {
  const step = Math.min(a ?? Number.POSITIVE_INFINITY, b ?? Number.POSITIVE_INFINITY);
  return Number.isFinite(step) ? step : null;
}
