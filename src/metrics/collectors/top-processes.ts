import { type ProcessTable, type ProcessUsage, topProcesses } from './collector-source.ts';

/** The largest by processor and by memory, those that use any; equal ones by pid, so that the order is stable. */
export function selectTop(usages: readonly ProcessUsage[]): Pick<ProcessTable, 'topByCpu' | 'topByMemory'> {
  return { topByCpu: largest(usages, 'cpuUtilization'), topByMemory: largest(usages, 'memoryBytes') };
}

function largest(usages: readonly ProcessUsage[], field: 'cpuUtilization' | 'memoryBytes'): ProcessUsage[] {
  return usages
    .filter((usage) => usage[field] > 0)
    .sort((a, b) => b[field] - a[field] || a.pid - b.pid)
    .slice(0, topProcesses);
}
