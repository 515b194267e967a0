import { setImmediate } from 'node:timers/promises';
import { expect, onTestFinished, vi } from 'vitest';
import { OpenManagerError } from '../../src/core/errors.ts';
import { silentLogger } from '../../src/core/log.ts';
import { readAnomalies, type StoredAnomaly } from '../../src/metrics/anomalies/anomaly-store.ts';
import { readStates } from '../../src/metrics/anomalies/detector-state-store.ts';
import { createLiveDetection } from '../../src/metrics/anomalies/live-detection.ts';
import { decodePiece } from '../../src/metrics/anomalies/state-codec.ts';
import { createTurns } from '../../src/metrics/anomalies/turns.ts';
import { createMetricStore } from '../../src/metrics/metric-store.ts';
import type { Reading } from '../../src/metrics/reading.ts';
import { createRecentWindow } from '../../src/metrics/recent-window.ts';
import { seriesKey } from '../../src/metrics/series-key.ts';
import type { Database } from '../../src/storage/database.ts';
import { createEvents } from '../../src/storage/events.ts';
import { liveHost, liveStartMs } from './live-readings.ts';

/** All anomalies, when there are not more than these. */
export const allAnomalies = { fromMs: 0, toMs: Number.POSITIVE_INFINITY, limit: 100 };

/** What stores one host's readings and scores them, as a process does; its clock is that of the readings. */
export async function startLiveProcess(database: Database) {
  const store = createMetricStore(database);
  const recent = createRecentWindow();
  const clock = { nowMs: liveStartMs, now: () => clock.nowMs, monotonic: () => clock.nowMs };
  const log = { ...silentLogger, warn: vi.fn(), info: vi.fn() };
  const events = createEvents(database, { clock });
  onTestFinished(() => events[Symbol.dispose]());
  const owner = database.ownership(`collect:${liveHost}`);
  const failure = { isFailing: false };
  const reach = async () => {
    if (failure.isFailing) throw new OpenManagerError('storage_full', 'Failing on purpose.');
    return database;
  };
  const parts = { host: liveHost, database: reach, store, recent, events, clock, log, turns: createTurns(1_000) };
  const detection = createLiveDetection(parts);
  return {
    database,
    store,
    events,
    detection,
    recent,
    log,
    failure,
    async own() {
      expect(await owner.tryAcquire()).toBe(true);
      const newestMs = await store.newestCollected(liveHost);
      clock.nowMs = Math.max(clock.nowMs, newestMs);
      detection.setOwner(newestMs);
    },
    /** Scores each before the next one comes, then stores them. */
    async take(some: readonly Reading[]) {
      for (const reading of some) {
        clock.nowMs = reading.timestampMs;
        recent.push(reading);
        detection.take(reading);
        await setImmediate();
      }
      await store.append(some, owner);
    },
    /** As a crash does: what it does from now on is not stored. */
    crash: () => owner.release(),
    close: () => detection[Symbol.asyncDispose](),
    anomalies: () => readAnomalies(database.db, allAnomalies),
  };
}

/** What the detectors of the host have learned, by series. */
export async function storedStates(database: Database) {
  const states: Record<string, unknown> = {};
  for (const { data } of await readStates(database.db, liveHost))
    for (const { descriptor, ...state } of (await decodePiece(data)).series) states[seriesKey(descriptor)] = state;
  return states;
}

/** A group is told by when it began: ids are not used twice, also where nothing was stored. */
export function withoutIds(anomalies: readonly StoredAnomaly[]) {
  const starts = new Map(anomalies.map(({ id, startMs }) => [id, startMs]));
  return anomalies.map(({ id, group, ...one }) => ({ ...one, group: starts.get(group) }));
}
