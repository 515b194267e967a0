import { describe, expect, test } from 'vitest';
import { deleteOldStates } from '../../src/metrics/anomalies/detector-state-store.ts';
import { hourMs } from '../../src/metrics/chunk-key.ts';
import { startLiveProcess, storedStates, withoutIds } from '../support/live-process.ts';
import { liveReadings, liveStartMs, liveStepMs, oddTimes } from '../support/live-readings.ts';
import { until } from '../support/until.ts';
import type { NewPlace, Place } from './place.ts';

const steps = 400;
/** What must hold, on every database, of what detectors have learned when a process ends or another takes over. */
export function detectorStatesContract(name: string, newPlace: NewPlace): void {
  describe(name, () => {
    const startProcess = async (place: Place) => startLiveProcess(await place());

    /** What was stored is read from chunks by who comes next. */
    async function compress({ database, store }: Awaited<ReturnType<typeof startProcess>>) {
      const owner = database.ownership('maintain');
      await owner.tryAcquire();
      await store.compact(owner, liveStartMs + hourMs, new AbortController().signal);
      await owner.release();
    }

    /** The readings by one process after the other, each of which crashes. */
    async function run(...crashes: readonly number[]) {
      const place = await newPlace();
      let from = 0;
      for (const to of [...crashes, steps]) {
        const server = await startProcess(place);
        await server.own();
        await server.take(liveReadings(from, from + 1, oddTimes));
        await until('a snapshot', async () => Object.keys(await storedStates(server.database)).length > 0);
        await server.take(liveReadings(from + 1, to, oddTimes));
        from = to;
        if (to === steps) await server.close();
        else await server.crash();
        await compress(server);
        expect(server.log.warn).not.toHaveBeenCalled();
      }
      const database = await place();
      const anomalies = await (await startLiveProcess(database)).anomalies();
      return { states: await storedStates(database), anomalies: withoutIds(anomalies) };
    }

    test('are the same after crashes as without any, bit for bit, and so is what was flagged', async () => {
      const whole = await run();
      expect(Object.keys(whole.states)).toHaveLength(2);
      expect(whole.anomalies.map(({ startMs }) => (startMs - liveStartMs) / liveStepMs)).toEqual([302, 222, 222, 175]);
      for (const crashes of [[178], [188, 189], [183, 200, 226], [239, 241, 245, 303], [399]])
        expect(await run(...crashes), `crashes: ${crashes.join()}`).toEqual(whole);
    });

    test('are taken over as they are from a process that ended', async () => {
      const place = await newPlace();
      const first = await startProcess(place);
      await first.own();
      await first.take(liveReadings(0, 100));
      await first.close();
      await first.crash();
      const states = await storedStates(first.database);
      const second = await startProcess(place);
      await second.own();
      await second.take(liveReadings(100, 101));
      await second.close();
      expect(states).not.toEqual(await storedStates(first.database));
      expect(Object.keys(states)).toEqual(Object.keys(await storedStates(first.database)));
    });

    test.each([
      ['of a format that is not known', { format: 99 }],
      ['whose bytes are damaged', { data: Uint8Array.of(1, 2, 3) }],
    ])('%s are left out with one warning, and learned anew', async (_which, change) => {
      const place = await newPlace();
      const first = await startProcess(place);
      await first.own();
      await first.take(liveReadings(0, 200));
      await first.close();
      await first.crash();
      await first.database.db.updateTable('detector_state').set(change).execute();
      const second = await startProcess(place);
      await second.own();
      await second.take(liveReadings(200, 210, () => ({ 0: 50 })));
      await second.close();
      expect(second.log.warn.mock.calls.map(([text]) => text)).toEqual([expect.stringContaining('cannot be read')]);
      expect(await second.anomalies()).toHaveLength(1);
      expect(Object.keys(await storedStates(second.database))).toHaveLength(2);
    });

    test('end an anomaly that a process left and that nobody can go on with', async () => {
      const place = await newPlace();
      const first = await startProcess(place);
      await first.own();
      await first.take(liveReadings(0, 205, (step) => (step >= 200 ? { 0: 50 } : {})));
      await first.close();
      await first.crash();
      const { db } = first.database;
      for (const table of ['detector_state', 'journal'] as const) await db.deleteFrom(table).execute();
      const second = await startProcess(place);
      await second.own();
      await second.take(liveReadings(300, 301));
      await second.close();
      expect((await second.anomalies()).map(({ endMs }) => endMs)).toEqual([liveStartMs + 204 * liveStepMs]);
    });

    test('go on being learned, and anomalies wait, while the database fails', async () => {
      const server = await startProcess(await newPlace());
      await server.own();
      await server.take(liveReadings(0, 170));
      server.failure.isFailing = true;
      await server.take(liveReadings(170, 300, oddTimes));
      expect(await server.anomalies()).toEqual([]);
      // A snapshot may fall into that time as well.
      const warnings = server.log.warn.mock.calls.map(([text]) => text);
      const ofSnapshot = 'what the detectors have learned cannot be stored; it is tried again';
      expect(warnings.filter((text) => text !== ofSnapshot)).toEqual(['anomalies cannot be stored and wait in memory']);
      server.failure.isFailing = false;
      await server.take(liveReadings(300, steps, oddTimes));
      await server.close();
      const { states, anomalies } = await run();
      expect(await storedStates(server.database)).toEqual(states);
      expect(withoutIds(await server.anomalies())).toEqual(anomalies);
    });

    test('are deleted after their time, and with the last data of their host', async () => {
      const server = await startProcess(await newPlace());
      await server.own();
      await server.take(liveReadings(0, 10));
      await server.close();
      const { db } = server.database;
      const count = async () => Object.keys(await storedStates(server.database)).length;
      await deleteOldStates(db, liveStartMs + 9 * liveStepMs);
      expect(await count()).toBe(2);
      await db.deleteFrom('layout').execute();
      await deleteOldStates(db, 0);
      expect(await count()).toBe(2);
      await db.deleteFrom('series').execute();
      await deleteOldStates(db, 0);
      expect(await count()).toBe(0);
    });
  });
}
