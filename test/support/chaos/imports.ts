import { type Child, startChild } from './child.ts';
import { type Ledger, marksOf } from './ledger.ts';
import type { Where } from './open-at.ts';
import { type ImportRange, importBatch, seriesOfMetric } from './workload.ts';

/** A process that imports until it is killed. */
export function startImports(where: Where, first: number, range: ImportRange): Child {
  return startChild('import', [where, first, range.series, range.fromMs, range.hours]);
}

/** Notes what a process imported, once it has ended; returns the number of the next import. */
export function noteImports({ lines }: Child, ledger: Ledger, first: number, range: ImportRange): number {
  const next = first + lines.length + 1;
  for (let n = first; n < next; n += 1) ledger.attempt(...marksOf(importBatch(n, range), seriesOfMetric));
  for (const line of lines) {
    const [answer, n] = line.split(' ');
    if (answer === 'ok') ledger.acknowledge(...marksOf(importBatch(Number(n), range), seriesOfMetric));
  }
  return next;
}

/** How many imports were refused. */
export function refusedImports({ lines }: Child): number {
  return lines.filter((line) => !line.startsWith('ok ')).length;
}
