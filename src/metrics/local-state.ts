import { setTimeout as delay } from 'node:timers/promises';
import type { Collected, Collector } from './collector.ts';
import type { Reading } from './reading.ts';

const firstRatesMs = 1100;

/** The state of this machine, complete: rates need two readings a second apart, who asks before that waits for them. */
export function createLocalState(collector: Collector): () => Promise<Collected> {
  return async () => {
    const collected = collector.latest() ?? (await collector.collectNow());
    if (hasRates(collected.reading)) return collected;
    await delay(firstRatesMs);
    return collector.collectNow();
  };
}

function hasRates({ descriptors, values }: Reading): boolean {
  const cpu = descriptors.findIndex(
    ({ metric, labels }) => metric === 'system.cpu.utilization' && Object.keys(labels).length === 0,
  );
  return cpu < 0 ? descriptors.length === 0 : !Number.isNaN(values[cpu] ?? Number.NaN);
}
