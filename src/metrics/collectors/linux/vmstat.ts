import { addRate, createRate, type Sample } from '../sample.ts';
import type { ProcFile } from './proc-file.ts';

/** Swapping and page faults from /proc/vmstat. The kernel counts all faults and the major ones: minor is the rest. */
export function createVmstatReader(vmstat: ProcFile): { read(sample: Sample): void } {
  const operations = (direction: string) =>
    createRate('system.paging.operations', '{operation}/s', { 'system.paging.direction': direction });
  const faults = (type: string) =>
    createRate('system.paging.faults', '{fault}/s', { 'system.paging.fault.type': type });
  const swapIn = operations('in');
  const swapOut = operations('out');
  const minor = faults('minor');
  const major = faults('major');
  return {
    read(sample) {
      const scanner = vmstat.read();
      if (scanner === null) return;
      const totals = { pswpin: Number.NaN, pswpout: Number.NaN, pgfault: Number.NaN, pgmajfault: Number.NaN };
      while (scanner.nextLine()) {
        const key = scanner.word();
        if (Object.hasOwn(totals, key)) totals[key as keyof typeof totals] = scanner.number();
      }
      addRate(sample, swapIn, totals.pswpin);
      addRate(sample, swapOut, totals.pswpout);
      addRate(sample, minor, totals.pgfault - totals.pgmajfault);
      addRate(sample, major, totals.pgmajfault);
    },
  };
}
