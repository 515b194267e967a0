import type { Descriptor } from '../../src/core/series.ts';
import { hourMs } from '../../src/metrics/chunk-key.ts';
import { createMetricStore } from '../../src/metrics/metric-store.ts';
import type { SeriesBatch } from '../../src/metrics/stored-series.ts';
import type { Database } from '../../src/storage/database.ts';
import { createRandom, type Random } from '../../test/support/random.ts';

const startMs = Date.UTC(2026, 5, 1);
const historyDays = 28;
const dayMs = 24 * hourMs;
export const endMs = startMs + historyDays * dayMs;
const stepMs = 300_000;
const stepsPerDay = dayMs / stepMs;

/** What each host has: four things that can run out. */
export const resources: readonly Descriptor[] = [
  filesystem('/'),
  filesystem('/data'),
  { metric: 'system.memory.utilization', labels: {}, unit: '1' },
  { metric: 'system.paging.utilization', labels: {}, unit: '1' },
];

function filesystem(mountpoint: string): Descriptor {
  const labels = { 'system.device': '/dev/vda1', 'system.filesystem.mountpoint': mountpoint };
  return { metric: 'system.filesystem.utilization', labels, unit: '1' };
}

export function hostName(i: number): string {
  return `host-${String(i).padStart(5, '0')}`;
}

/** One series in ten fills within the month after the history; the days from its end to 90 % are known. */
export function daysToFull(host: number, resource: number): number | null {
  const random = createRandom(host * 31 + resource);
  random.uniform();
  return random.uniform() < 0.1 ? 2 + 24 * random.uniform() : null;
}

/**
 * The 5-minute samples of `days` whole days from `fromDay` on, of all hosts: fleets of any size hold the same hosts.
 * Disks fill, are steady or are emptied each week, memory follows the day, all with noise and a millesimal resolution.
 */
function samplesOf(host: number, resource: number, fromDay: number, days: number): Float64Array {
  const random = createRandom(host * 7919 + resource * 101 + fromDay);
  const shape = shapeOf(host, resource);
  return Float64Array.from({ length: days * stepsPerDay }, (_, i) => {
    const day = fromDay + i / stepsPerDay;
    return Math.round(1e4 * Math.min(1, Math.max(0, shape(day, random)))) / 1e4;
  });
}

function shapeOf(host: number, resource: number): (day: number, random: Random) => number {
  const own = createRandom(host * 131 + resource * 17 + 5);
  const base = 0.2 + 0.4 * own.uniform();
  const full = daysToFull(host, resource);
  if (full !== null)
    return (day, random) => base + ((0.9 - base) * day) / (historyDays + full) + 0.003 * random.normal();
  const kind = own.uniform();
  if (kind < 0.15) {
    const period = 3 + Math.floor(5 * own.uniform());
    return (day, random) => base + (0.2 * (day % period)) / period + 0.002 * random.normal();
  }
  const swing = kind < 0.5 ? 0.08 * own.uniform() : 0;
  return (day, random) => base + swing * Math.sin(2 * Math.PI * day) + 0.01 * random.normal();
}

const seriesAtOnce = 600;

/** Stores a fleet's history day by day, as it would have come. */
export async function storeFleet(database: Database, hosts: number): Promise<void> {
  const store = createMetricStore(database);
  const all = Array.from({ length: hosts }, (_, host) =>
    resources.map((_one, resource) => ({ host, resource })),
  ).flat();
  for (let day = 0; day < historyDays; day++) {
    const timesMs = Float64Array.from({ length: stepsPerDay }, (_, i) => startMs + day * dayMs + i * stepMs);
    for (let at = 0; at < all.length; at += seriesAtOnce) {
      await store.insert(
        all.slice(at, at + seriesAtOnce).map(
          ({ host, resource }): SeriesBatch => ({
            host: hostName(host),
            descriptor: resources[resource] as Descriptor,
            samples: { timesMs, values: samplesOf(host, resource, day, 1) },
          }),
        ),
      );
    }
  }
}
