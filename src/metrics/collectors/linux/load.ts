import { addGauge, describeSeries, type Sample } from '../sample.ts';
import type { ProcFile } from './proc-file.ts';

/** Load averages over 1, 5 and 15 minutes, and the seconds since the machine started. */
export function createLoadReader(loadavg: ProcFile, uptime: ProcFile): { read(sample: Sample): void } {
  const averages = ['1m', '5m', '15m'].map((span) => describeSeries(`system.cpu.load_average.${span}`, '{thread}'));
  const uptimeSeries = describeSeries('system.uptime', 's');
  return {
    read(sample) {
      for (const [i, value] of decimals(loadavg, averages.length).entries()) {
        const descriptor = averages[i];
        if (descriptor !== undefined) addGauge(sample, descriptor, value);
      }
      addGauge(sample, uptimeSeries, decimals(uptime, 1)[0] ?? Number.NaN);
    },
  };
}

function decimals(file: ProcFile, count: number): number[] {
  const scanner = file.read();
  if (!scanner?.nextLine()) return [];
  return Array.from({ length: count }, () => decimal(scanner.word()));
}

function decimal(word: string): number {
  return /^\d{1,15}(\.\d{1,9})?$/.test(word) ? Number(word) : Number.NaN;
}
