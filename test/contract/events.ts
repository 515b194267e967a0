import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { type Logger, silentLogger } from '../../src/core/log.ts';
import { createEvents, deleteEventsBefore, type Events, type StoredEvent } from '../../src/storage/events.ts';
import { until } from '../support/until.ts';
import type { NewPlace, Place } from './place.ts';

/** How processes on one database learn from each other. */
export function eventsContract(name: string, newPlace: NewPlace): void {
  async function openEvents(place: Place, log: Logger = silentLogger) {
    const database = await place();
    const events = createEvents(database, { clock: systemClock, log });
    onTestFinished(() => events[Symbol.dispose]());
    return { database, events };
  }

  async function listen(events: Events) {
    const heard: StoredEvent[] = [];
    const stop = await events.subscribe((event) => heard.push(event));
    return { heard, payloads: () => heard.map(({ payload }) => payload), stop };
  }

  const ascends = (heard: readonly StoredEvent[]) =>
    heard.every(({ id }, i) => i === 0 || id > (heard[i - 1]?.id ?? Number.POSITIVE_INFINITY));

  describe(name, () => {
    test('reach who listens here and elsewhere, in order and once, from then on', async () => {
      const place = await newPlace();
      const [one, other] = [await openEvents(place), await openEvents(place)];
      await one.events.publish('history', 'before');
      const listeners = [await listen(one.events), await listen(other.events)];
      for (const payload of [{ host: 'web-1' }, 'two', 3]) await one.events.publish('history', payload);
      await other.events.publish('history', null);
      const all = [{ host: 'web-1' }, 'two', 3, null];
      for (const { heard, payloads } of listeners) {
        await until('all events', () => heard.length >= all.length, 8_000);
        expect(payloads()).toEqual(all);
        expect(heard.every(({ topic }) => topic === 'history')).toBe(true);
        expect(ascends(heard)).toBe(true);
      }
    });

    test('of a transaction are heard when it is committed, and never when it failed', async () => {
      const { database, events } = await openEvents(await newPlace());
      const { heard, payloads } = await listen(events);
      const failing = database.db.transaction().execute(async (transaction) => {
        await events.publish('history', 'undone', transaction);
        throw new Error('stop');
      });
      await expect(failing).rejects.toThrow('stop');
      await database.db.transaction().execute(async (transaction) => {
        await events.publish('history', 'done', transaction);
        expect(heard).toEqual([]);
      });
      await until('the event', () => heard.length > 0, 8_000);
      expect(payloads()).toEqual(['done']);
    });

    test('are missed by nobody while several publish at once', async () => {
      const place = await newPlace();
      const members = [await openEvents(place), await openEvents(place), await openEvents(place)];
      const listeners = await Promise.all(members.map(({ events }) => listen(events)));
      const expected = members.flatMap((_, member) => Array.from({ length: 30 }, (_, i) => `${member} ${i}`));
      await Promise.all(
        members.map(async ({ events }, member) => {
          for (let i = 0; i < 30; i += 1) await events.publish('history', `${member} ${i}`);
        }),
      );
      for (const { heard, payloads } of listeners) {
        await until('all events', () => heard.length >= expected.length, 8_000);
        expect(new Set(payloads())).toEqual(new Set(expected));
        expect(heard.length).toBe(expected.length);
        expect(ascends(heard)).toBe(true);
      }
    });

    test('reach the others when one listener throws, and none that has stopped', async () => {
      const errors: string[] = [];
      const log = { ...silentLogger, error: (message: string) => errors.push(message) };
      const { events } = await openEvents(await newPlace(), log);
      const stopped = await listen(events);
      await events.subscribe(() => {
        throw new Error('a bad listener');
      });
      const { heard } = await listen(events);
      stopped.stop();
      await events.publish('history', 1);
      await events.publish('history', 2);
      await until('both events', () => heard.length === 2, 8_000);
      expect(stopped.heard).toEqual([]);
      expect(errors).toEqual(Array(2).fill('what listens to events failed'));
    });

    test('are deleted by their age', async () => {
      const { database, events } = await openEvents(await newPlace());
      await events.publish('history', 1);
      expect(await deleteEventsBefore(database.db, systemClock.now() - 60_000)).toBe(0);
      expect(await deleteEventsBefore(database.db, systemClock.now() + 60_000)).toBe(1);
      const { heard } = await listen(events);
      await events.publish('history', 2);
      await until('the next event', () => heard.length === 1, 8_000);
    });
  });
}
