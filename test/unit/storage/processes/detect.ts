// Stores and scores the steps of `live-readings.ts` that are not stored yet, prints each, and ends at `to`.
import { setImmediate } from 'node:timers/promises';
import { silentLogger } from '../../../../src/core/log.ts';
import { createLiveDetection } from '../../../../src/metrics/anomalies/live-detection.ts';
import { createTurns } from '../../../../src/metrics/anomalies/turns.ts';
import { createMetricStore } from '../../../../src/metrics/metric-store.ts';
import { createRecentWindow } from '../../../../src/metrics/recent-window.ts';
import { createEvents } from '../../../../src/storage/events.ts';
import { openSqlite } from '../../../../src/storage/sqlite/open-sqlite.ts';
import { liveHost, liveReadings, liveStartMs, liveStepMs, oddTimes } from '../../../support/live-readings.ts';

const [dataDir = '', to = ''] = process.argv.slice(2);
const log = silentLogger;
const opened = await openSqlite({ dataDir, log });
const store = createMetricStore(opened);
const recent = createRecentWindow();
const newestMs = await store.newestCollected(liveHost);
const clock = { nowMs: Math.max(liveStartMs, newestMs), now: () => clock.nowMs, monotonic: () => clock.nowMs };
const events = createEvents(opened, { clock });
const owner = opened.ownership(`collect:${liveHost}`);
await owner.tryAcquire();
const parts = {
  host: liveHost,
  database: async () => opened,
  store,
  recent,
  events,
  clock,
  log,
  turns: createTurns(1_000),
};
const detection = createLiveDetection(parts);
detection.setOwner(newestMs);
const from = Math.max(0, (newestMs - liveStartMs) / liveStepMs + 1);
for (const [i, reading] of liveReadings(from, Number(to), oddTimes).entries()) {
  clock.nowMs = reading.timestampMs;
  detection.take(reading);
  await store.append([reading], owner);
  await setImmediate();
  process.stdout.write(`${from + i}\n`);
}
await detection[Symbol.asyncDispose]();
await opened[Symbol.asyncDispose]();
