import { expect, onTestFinished, test, vi } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { silentLogger } from '../../../src/core/log.ts';
import { createEvents } from '../../../src/storage/events.ts';
import { until } from '../../support/until.ts';
import { openTemporary, temporaryDir } from './support.ts';

test('events that cannot be read are logged once, and tried again until they can', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const errors: string[] = [];
  const dataDir = temporaryDir();
  const [here, elsewhere] = [await openTemporary(dataDir), await openTemporary(dataDir)];
  const log = { ...silentLogger, error: (message: string) => errors.push(message) };
  const events = createEvents(here, { clock: systemClock, log });
  onTestFinished(() => events[Symbol.dispose]());
  const heard: unknown[] = [];
  await events.subscribe(({ payload }) => heard.push(payload));

  await elsewhere.db.schema.alterTable('event').renameTo('away').execute();
  for (let seconds = 0; seconds < 20; seconds += 1) await secondPasses();
  await until('the failure', () => errors.length > 0);
  await elsewhere.db.schema.alterTable('away').renameTo('event').execute();
  await createEvents(elsewhere, { clock: systemClock }).publish('history', 1);
  await until('the event', async () => {
    await secondPasses();
    return heard.length > 0;
  });
  expect(heard).toEqual([1]);
  expect(errors).toEqual(['events cannot be read; trying again']);

  async function secondPasses(): Promise<void> {
    await vi.advanceTimersByTimeAsync(1_000);
    // The database's thread answers in real time.
    await here.sizeBytes();
  }
});
