// What one sample of this machine costs in processor time, beside systeminformation's same set in the same run.
// --json prints one object, --short takes fewer samples; exits with 1 when a sample costs more than 1.1 ms.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createLinuxSource } from '../src/metrics/collectors/linux/index.ts';
import { createSystemInformationSource } from '../src/metrics/collectors/system-information.ts';

const limitMs = 1.1;
const { values: flags } = parseArgs({
  options: { json: { type: 'boolean', default: false }, short: { type: 'boolean', default: false } },
});

interface Cost {
  /** Processor time of this process and its finished children for one sample. */
  readonly cpuMs: number;
  readonly samples: number;
  readonly series: number;
}

const linux = await measureLinux();
const library = await measureLibrary();
const ratio = library.cpuMs / linux.cpuMs;
if (flags.json) console.log(JSON.stringify({ limitMs, linux, systemInformation: library, ratio }));
else report();
process.exitCode = linux.cpuMs > limitMs ? 1 : 0;

async function measureLinux(): Promise<Cost> {
  using source = createLinuxSource();
  const batches = flags.short ? 10 : 20;
  const perBatch = 50;
  for (let i = 0; i < 200; i++) source.readCore();
  const costs: number[] = [];
  for (let batch = 0; batch < batches; batch++) {
    const start = process.cpuUsage();
    for (let i = 0; i < perBatch; i++) source.readCore();
    const { user, system } = process.cpuUsage(start);
    costs.push((user + system) / 1000 / perBatch);
  }
  const { descriptors } = await source.readCore();
  return { cpuMs: median(costs), samples: batches * perBatch, series: descriptors.length };
}

/** The library keeps processor load for 200 ms, so the samples are further apart than that. */
async function measureLibrary(): Promise<Cost> {
  const source = createSystemInformationSource();
  const samples = flags.short ? 5 : 20;
  const costs: number[] = [];
  let series = 0;
  await source.readCore();
  for (let i = 0; i < samples; i++) {
    await new Promise((resolve) => setTimeout(resolve, 600));
    const start = process.cpuUsage();
    const childrenStart = childrenCpuMs();
    series = (await source.readCore()).descriptors.length;
    const { user, system } = process.cpuUsage(start);
    costs.push((user + system) / 1000 + childrenCpuMs() - childrenStart);
  }
  // The mean, since the kernel counts the children in steps of 10 ms.
  return { cpuMs: costs.reduce((sum, cost) => sum + cost, 0) / samples, samples, series };
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

function report(): void {
  const line = (name: string, { cpuMs, samples, series }: Cost) =>
    `${name.padEnd(20)} ${cpuMs.toFixed(3).padStart(8)} ms CPU a sample, ${series} series (${samples} samples)`;
  console.log(line('/proc and /sys', linux));
  console.log(line('systeminformation', library));
  console.log(`ratio ${ratio.toFixed(0)}; limit ${limitMs} ms: ${linux.cpuMs > limitMs ? 'exceeded' : 'kept'}`);
}
