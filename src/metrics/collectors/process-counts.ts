import type { Descriptor } from '../../core/series.ts';
import type { ProcessTable } from './collector-source.ts';
import { describeSeries, type Sample } from './sample.ts';

/** Writes how many processes a host has, in all and by status. */
export function createProcessCounts(): (sample: Sample, table: ProcessTable) => void {
  const total = describeSeries('system.process.count', '{process}');
  const byStatus = new Map<string, Descriptor>();
  const descriptorOf = (status: string) => {
    let descriptor = byStatus.get(status);
    if (descriptor === undefined) {
      descriptor = describeSeries('system.process.count', '{process}', { 'process.status': status });
      byStatus.set(status, descriptor);
    }
    return descriptor;
  };
  return (sample, table) => {
    sample.add(total, table.total);
    for (const [status, count] of Object.entries(table.byStatus)) sample.add(descriptorOf(status), count);
  };
}
