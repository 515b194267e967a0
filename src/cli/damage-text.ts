import { safeName } from '../core/text.ts';
import { formatTime } from '../core/time.ts';
import type { Damage } from '../metrics/damage.ts';
import { count } from './import-summary.ts';

/**
 * Lines about damaged chunks, one or none.
 * @param fate what was done with them, e.g. `were left out`
 */
export function damageText({ chunks, first }: Damage, fate: string): string[] {
  if (first === undefined) return [];
  const { host, series, startMs } = first;
  const where = `${safeName(series, 200)} of ${safeName(host)}, the hour from ${formatTime(startMs)}`;
  const what =
    chunks === 1
      ? `1 damaged hour of a series: ${where}`
      : `${count(chunks)} damaged hours of series, the first: ${where}`;
  return [`Attention: ${what}. What cannot be read ${fate}; an older backup may have it whole.`];
}
