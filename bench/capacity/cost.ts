import type { AnalyticsRunner } from '../../src/analytics/runner.ts';
import { createAnalyticsPool } from '../../src/analytics-pool.ts';
import { hourMs } from '../../src/metrics/chunk-key.ts';
import { type CapacityResult, forecastCapacity } from '../../src/metrics/forecast-capacity.ts';
import type { Database } from '../../src/storage/database.ts';
import { metricsOver } from '../../test/support/stored-metrics.ts';
import { watchTurns } from '../support/watch-turns.ts';
import { daysToFull, endMs, hostName, resources } from './fleet.ts';

/** What a ranking of a fleet took, and whether what fills is in it. */
export interface Cost {
  readonly hosts: number;
  readonly wallSeconds: number;
  /** Of all threads of this process. */
  readonly cpuSeconds: number;
  /** Of them, what reading the history takes alone. */
  readonly readingSeconds: number;
  /** The most processor time of the main thread between two turns of its event loop. */
  readonly longestTurnMs: number;
  readonly residentMb: number;
  readonly progressCalls: number;
  /** Share of the resources that fill within 26 days which are said to, and of what is said to which do. */
  readonly recall: number;
  readonly precision: number;
}

const request = { nowMs: endMs, horizonMs: 30 * 24 * hourMs };

/** Ranks a fleet with workers, connections and caches of its own. */
export async function measureCost(database: Database, hosts: number): Promise<Cost> {
  await using pool = createAnalyticsPool();
  let progressCalls = 0;
  const turns = watchTurns();
  const ranked = await timed(database, pool, () => {
    progressCalls += 1;
  });
  const longestTurnMs = turns.stop();
  const reading = await timed(database, { ...pool, timesToThresholds: nothing }, () => {});
  return {
    hosts,
    wallSeconds: ranked.wallSeconds,
    cpuSeconds: ranked.cpuSeconds,
    readingSeconds: reading.cpuSeconds,
    longestTurnMs,
    residentMb: process.memoryUsage.rss() / 1e6,
    progressCalls,
    ...compare(ranked.result, hosts),
  };
}

async function timed(database: Database, analytics: AnalyticsRunner, progress: () => void) {
  const { metrics } = metricsOver(database, endMs, 300_000);
  const before = process.cpuUsage();
  const startedMs = performance.now();
  const result = await forecastCapacity({ metrics, analytics }, request, new AbortController().signal, progress);
  const { user, system } = process.cpuUsage(before);
  return { result, wallSeconds: (performance.now() - startedMs) / 1000, cpuSeconds: (user + system) / 1e6 };
}

const nothing: AnalyticsRunner['timesToThresholds'] = async (questions) =>
  questions.map(({ options }) => ({
    earliest: null,
    likely: null,
    latest: null,
    alreadyBeyond: false,
    probability: 0,
    reason: null,
    horizon: options.horizon,
    shift: null,
    lastValue: null,
    resets: null,
    forecast: null,
  }));

function compare({ resources: found }: CapacityResult, hosts: number) {
  const key = (host: string, labels: object, metric: string) => `${host} ${metric} ${JSON.stringify(labels)}`;
  const told = new Set(
    found.filter(({ likelyMs }) => likelyMs !== null).map(({ host, labels, metric }) => key(host, labels, metric)),
  );
  const filling = Array.from({ length: hosts }, (_, host) =>
    resources.flatMap(({ labels, metric }, i) =>
      daysToFull(host, i) === null ? [] : [key(hostName(host), labels, metric)],
    ),
  ).flat();
  const right = filling.filter((one) => told.has(one)).length;
  return { recall: right / filling.length, precision: right / told.size };
}
