import { measureDetectorCost } from './anomaly/cost.ts';
import { measureEvents } from './anomaly/events.ts';
import { measureNab } from './anomaly/nab.ts';
import { runDirectly } from './support/args.ts';
import type { BenchOptions, BenchResult } from './support/bench.ts';

/** Detection of anomalies: what it finds, what it makes up, and what it costs. */
export async function run({ short }: BenchOptions): Promise<BenchResult[]> {
  return [...measureNab(), measureEvents(short), ...measureDetectorCost(short)];
}

if (import.meta.main) await runDirectly(run);
