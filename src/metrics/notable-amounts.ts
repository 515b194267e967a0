import type { Descriptor } from '../core/series.ts';

const mebibyte = 1024 ** 2;

/** By the name, and a label where that tells them apart; the first that fits. In the metric's unit. */
const amounts: readonly (readonly [metric: string, amount: number, label?: string])[] = [
  // What fills does so slowly, beside what is busy.
  ['system.filesystem.utilization', 0.05],
  ['system.filesystem.inodes.utilization', 0.05],
  ['system.memory.utilization', 0.1],
  ['system.paging.utilization', 0.1],
  ['container.memory.utilization', 0.1],
  ['system.disk.io', 10 * mebibyte],
  ['system.disk.operations', 200],
  ['system.disk.latency', 0.02],
  ['system.network.io', 5 * mebibyte],
  ['system.network.packets', 5_000],
  ['system.network.errors', 5],
  ['system.network.dropped', 5],
  ['system.paging.faults', 100, 'major'],
  ['system.paging.faults', 20_000],
  ['system.paging.operations', 1_000],
  ['system.context_switches', 10_000],
  ['system.processes.created', 20],
  ['system.cpu.load_average.1m', 1],
  ['system.cpu.load_average.5m', 1],
  ['system.cpu.load_average.15m', 1],
  ['system.linux.thread.count', 200],
  ['system.process.count', 50],
  ['system.memory.usage', 256 * mebibyte],
  ['system.linux.memory.available', 256 * mebibyte],
  ['system.paging.usage', 64 * mebibyte],
  ['system.filesystem.usage', 1_024 * mebibyte],
  ['container.memory.usage', 64 * mebibyte],
];

/**
 * What is much of a machine's metric on about any machine: on one that idles five packets are a hundred times more than
 * none, and no cause of anything. Undefined for metrics of which nobody knows.
 */
export function notableAmount({ metric, labels }: Descriptor): number | undefined {
  const isOf = (label: string | undefined) => label === undefined || Object.values(labels).includes(label);
  return amounts.find(([name, , label]) => name === metric && isOf(label))?.[1];
}
