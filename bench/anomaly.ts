import { measureDetectorCost } from './anomaly/cost.ts';
import { measureEvents } from './anomaly/events.ts';
import { reportHosts } from './anomaly/host.ts';
import { reportIntervals } from './anomaly/intervals.ts';
import { reportNab } from './anomaly/nab.ts';
import { reportVus } from './anomaly/vus-report.ts';
import { runDirectly } from './support/args.ts';
import type { BenchOptions, BenchResult } from './support/bench.ts';
import { say } from './support/say.ts';

/** How well anomalies are found, as samples come and in series known in full, beside peers, and what it costs. */
export async function run({ short }: BenchOptions): Promise<BenchResult[]> {
  say('cost of the streaming detector');
  const cost = measureDetectorCost(short);
  say('events on Bitbrains');
  const events = measureEvents(short);
  say('intervals: recall, false positives, cost');
  const intervals = reportIntervals(short);
  say('hosts');
  const hosts = reportHosts(short);
  say('NAB');
  const nab = await reportNab(short);
  say('VUS-PR on the NAB series of TSB-AD');
  return [...nab, ...(await reportVus(short)), events, ...cost, ...intervals, ...hosts];
}

if (import.meta.main) await runDirectly(run);
