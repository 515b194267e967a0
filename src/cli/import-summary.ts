import { safeName } from '../core/text.ts';
import { formatTime } from '../core/time.ts';
import { formatMegabytes } from '../metrics/history-limit.ts';
import type { Imported } from '../metrics/importers/insert-batches.ts';
import type { LeftOutKind } from '../metrics/importers/left-out.ts';

interface Circumstances {
  /** Older samples are deleted soon. */
  readonly keptFromMs: number;
  /** Bytes of history now, and how many there may be before the oldest is deleted. */
  readonly usedBytes: number;
  readonly maxBytes: number;
  /** How many of the series were totals and are stored as rates. */
  readonly rateSeries: number;
}

/** What an import did, what it left out, and what to do next. */
export function importSummary(
  imported: Imported,
  leftOut: readonly LeftOutKind[],
  { keptFromMs, usedBytes, maxBytes, rateSeries }: Circumstances,
): string {
  const { samples, added, changed, firstMs, lastMs } = imported;
  const there = samples - added - changed;
  const counts = `${count(added)} added, ${count(changed)} changed, ${count(there)} already there`;
  const rates = rateSeries > 0 ? ` Counters stored as rates a second: ${count(rateSeries)} series.` : '';
  const lines = [
    `${counted(samples, 'sample')} of ${count(imported.series)} series of ${some(imported.hosts)}, ` +
      `from ${formatTime(firstMs)} to ${formatTime(lastMs)}: ${counts}.${rates}${leftOutText(leftOut)}`,
  ];
  if (firstMs < keptFromMs)
    lines.push(
      `Attention: history before ${formatTime(keptFromMs)} is deleted within the hour, as --retention-days says. Raise it to keep these samples.`,
    );
  if (usedBytes > maxBytes)
    lines.push(
      `Attention: history takes ${formatMegabytes(usedBytes)}, of which --max-history-megabytes keeps ${formatMegabytes(maxBytes)}: the oldest is deleted within the hour. Raise it to keep all.`,
    );
  const [host = ''] = imported.hosts;
  const [metric = ''] = imported.metrics;
  lines.push(
    `Next: ask query_metrics for host "${safeName(host)}", metric "${safeName(metric)}", ${windowOf(firstMs, lastMs)}.`,
  );
  return lines.join('\n');
}

const secondMs = 1_000;

/** What to ask for to see all of it: the end of a window is not part of it, and times are written to the second. */
function windowOf(firstMs: number, lastMs: number): string {
  const from = Math.floor(firstMs / secondMs) * secondMs;
  const to = (Math.floor(lastMs / secondMs) + 1) * secondMs;
  return `from ${formatTime(from)} to ${formatTime(to)}`;
}

/** Starts with a blank; empty when nothing was left out. */
export function leftOutText(kinds: readonly LeftOutKind[]): string {
  return kinds
    .map(({ what, count: n, examples }) => {
      const more = n > examples.length ? '; ...' : '';
      return ` Left out, ${what}: ${count(n)}${examples.length > 0 ? ` (${examples.join('; ')}${more})` : ''}.`;
    })
    .join('');
}

export function count(n: number): string {
  return n.toLocaleString('en-US');
}

/** `1 sample`, `2 samples`. */
export function counted(n: number, noun: string): string {
  return `${count(n)} ${noun}${n === 1 ? '' : 's'}`;
}

const shownHosts = 3;

function some(hosts: ReadonlySet<string>): string {
  const shown = [...hosts].slice(0, shownHosts).map((host) => safeName(host));
  const more = hosts.size - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${counted(more, 'more host')}` : shown.join(', ');
}
