import { describe, expect, test } from 'vitest';
import { deleteOldAnomalies, readAnomalies } from '../../src/metrics/anomalies/anomaly-store.ts';
import { allAnomalies, startLiveProcess } from '../support/live-process.ts';
import { liveHost, liveReadings, liveSeries, liveStartMs, liveStepMs } from '../support/live-readings.ts';
import { until } from '../support/until.ts';
import type { NewPlace, Place } from './place.ts';

const at = (step: number) => liveStartMs + step * liveStepMs;
const stepOf = ({ startMs }: { startMs: number }) => (startMs - liveStartMs) / liveStepMs;

/** What must hold, on every database, of anomalies that are flagged as samples arrive. */
export function liveAnomaliesContract(name: string, newPlace: NewPlace): void {
  describe(name, () => {
    const startProcess = async (place: Place) => startLiveProcess(await place());

    test('stores an anomaly when it begins, and its end', async () => {
      const server = await startProcess(await newPlace());
      await server.own();
      await server.take(liveReadings(0, 200));
      await server.take(liveReadings(200, 203, () => ({ 0: 50 })));
      const [open] = await until('the anomaly', async () => {
        const found = await server.anomalies();
        return found.length > 0 && found;
      });
      expect(open).toMatchObject({
        ...liveSeries[0],
        host: liveHost,
        startMs: at(200),
        endMs: null,
        severity: 'high',
        direction: 'high',
        group: open?.id,
        peak: { value: 50, expected: expect.closeTo(10.5, 0) },
      });
      await server.take(liveReadings(203, 230));
      await server.close();
      expect(await server.anomalies()).toEqual([
        {
          ...open,
          endMs: at(203),
          lastMs: at(202),
          peak: expect.anything(),
          severity: 'high',
        },
      ]);
    });

    test('tells every process of a beginning and an end', async () => {
      const place = await newPlace();
      const [server, other] = [await startProcess(place), await startProcess(place)];
      const heard: unknown[] = [];
      await other.events.subscribe(({ topic, payload }) => heard.push({ topic, payload }));
      await server.own();
      await server.take(liveReadings(0, 201, (step) => (step === 200 ? { 1: -50 } : {})));
      await until('the beginning', () => heard.length === 1);
      await server.take(liveReadings(201, 230));
      await until('the end', () => heard.length === 2);
      expect(heard).toEqual([
        { topic: 'anomaly', payload: { host: liveHost } },
        { topic: 'anomaly', payload: { host: liveHost } },
      ]);
      expect(await other.anomalies()).toMatchObject([{ direction: 'low', endMs: at(201) }]);
    });

    test('stores nothing of a process that does not store the readings', async () => {
      const place = await newPlace();
      const server = await startProcess(place);
      for (const reading of liveReadings(0, 300, (step) => (step > 200 ? { 0: 50 } : {})))
        server.detection.take(reading);
      await server.close();
      expect(await server.anomalies()).toEqual([]);
    });

    test('keeps those of one group together, and what began later apart', async () => {
      const server = await startProcess(await newPlace());
      await server.own();
      await server.take(
        liveReadings(0, 400, (step) => {
          if (step >= 200 && step < 210) return step < 202 ? { 0: 50 } : { 0: 50, 1: 70 };
          return step === 300 ? { 0: 5000 } : {};
        }),
      );
      await server.close();
      const found = (await server.anomalies()).reverse();
      expect(found.map((one) => [stepOf(one), one.metric])).toEqual([
        [200, 'load'],
        [202, 'io'],
        [300, 'load'],
      ]);
      const [first, , last] = found;
      expect(found.map(({ group }) => group)).toEqual([first?.id, first?.id, last?.id]);
    });

    test('finds those that lasted in a window, the latest first, and deletes those that are too old', async () => {
      const server = await startProcess(await newPlace());
      await server.own();
      await server.take(
        liveReadings(0, 400, (step) =>
          step === 200 ? { 0: 50 } : step >= 390 ? { 0: 5000 } : step === 300 ? { 1: 50 } : {},
        ),
      );
      await server.close();
      const starts = async (filter: Partial<typeof allAnomalies> & { host?: string }) =>
        (await readAnomalies(server.database.db, { ...allAnomalies, ...filter })).map(stepOf);
      expect(await starts({})).toEqual([390, 300, 200]);
      expect(await starts({ limit: 2 })).toEqual([390, 300]);
      expect(await starts({ host: 'web-2' })).toEqual([]);
      expect(await starts({ host: liveHost, fromMs: at(200), toMs: at(300) })).toEqual([200]);
      expect(await starts({ fromMs: at(201), toMs: at(390) })).toEqual([300]);
      expect(await starts({ fromMs: at(1_000) })).toEqual([390]);
      await deleteOldAnomalies(server.database.db, at(250));
      expect(await starts({})).toEqual([390, 300]);
    });

    test.each([
      ['suspects what the anomalies of a group may mean', 1_000, ['outgoing_flood']],
      ['suspects nothing in what the host did yesterday at this time too', 40_000_000, []],
    ])('%s', async (_what, yesterday, expected) => {
      const [sent, received] = ['transmit', 'receive'].map((direction) => {
        const labels = { 'network.interface.name': 'eth0', 'network.io.direction': direction };
        return { metric: 'system.network.io', labels, unit: 'By/s' };
      });
      const server = await startProcess(await newPlace());
      const descriptors = [sent, received].flatMap((one) => one ?? []);
      const traffic = (from: number, to: number) =>
        liveReadings(from, to).map((reading, i) => {
          const sends = from + i >= 200 ? 50_000_000 : 1_000;
          return {
            ...reading,
            descriptors,
            values: reading.values.map((value, at) => value * (at === 0 ? sends : 10)),
          };
        });
      const timesMs = Float64Array.of(at(210) - 86_400_000);
      const samples = { timesMs, values: Float64Array.of(yesterday * 10) };
      if (sent) await server.store.insert([{ host: liveHost, descriptor: sent, samples }]);
      await server.own();
      await server.take(traffic(0, 230));
      await server.close();
      const found = await server.anomalies();
      expect(found.length).toBeGreaterThan(0);
      expect(found.flatMap(({ hypotheses }) => hypotheses.map(({ kind }) => kind))).toEqual(expected);
      expect(JSON.stringify(found).includes('eth0 sends')).toBe(expected.length > 0);
    });
  });
}
