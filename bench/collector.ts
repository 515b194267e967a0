import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLinuxSource } from '../src/metrics/collectors/linux/index.ts';
import { createSystemInformationSource } from '../src/metrics/collectors/system-information.ts';
import { runDirectly } from './support/args.ts';
import type { BenchOptions, BenchResult } from './support/bench.ts';

const limitMs = 1.1;

/** What one sample of this machine costs in processor time, beside systeminformation's same set in the same run. */
export async function run({ short }: BenchOptions): Promise<BenchResult[]> {
  const own = measureLinux(short ? 10 : 20);
  const library = await measureLibrary(short ? 5 : 20);
  const ratio = library.cpuMs / own.cpuMs;
  return [
    {
      bar: `one core sample <= ${limitMs} ms CPU`,
      figure: `${own.cpuMs.toFixed(3)} ms for ${own.series} series (median of ${own.samples} samples in batches)`,
      pass: own.cpuMs <= limitMs,
    },
    {
      bar: 'cheaper than systeminformation',
      figure: `${library.cpuMs.toFixed(1)} ms for ${library.series} series with its child processes, ${ratio.toFixed(0)} times`,
      pass: ratio > 1,
    },
  ];
}

interface Cost {
  /** Processor time of this process and its finished children for one sample. */
  readonly cpuMs: number;
  readonly samples: number;
  readonly series: number;
}

function measureLinux(batches: number): Cost {
  using source = createLinuxSource();
  const perBatch = 50;
  for (let i = 0; i < 200; i++) source.readCore();
  const costs: number[] = [];
  for (let batch = 0; batch < batches; batch++) {
    const start = process.cpuUsage();
    for (let i = 0; i < perBatch; i++) source.readCore();
    const { user, system } = process.cpuUsage(start);
    costs.push((user + system) / 1000 / perBatch);
  }
  return { cpuMs: median(costs), samples: batches * perBatch, series: source.readCore().descriptors.length };
}

async function measureLibrary(samples: number): Promise<Cost> {
  const source = createSystemInformationSource();
  let cpuMs = 0;
  let series = 0;
  await source.readCore();
  for (let i = 0; i < samples; i++) {
    // The library answers from its memory when it is asked again within half a second.
    await sleep(600);
    const start = process.cpuUsage();
    const childrenStart = childrenCpuMs();
    series = (await source.readCore()).descriptors.length;
    const { user, system } = process.cpuUsage(start);
    cpuMs += (user + system) / 1000 + childrenCpuMs() - childrenStart;
  }
  // The mean, since the kernel counts the children in steps of 10 ms.
  return { cpuMs: cpuMs / samples, samples, series };
}

/** cutime and cstime of /proc/self/stat, in hundredths of a second. */
function childrenCpuMs(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) * 10;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

if (import.meta.main) await runDirectly(run);
