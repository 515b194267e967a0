import { describe, expect, test, vi } from 'vitest';
import { silentLogger } from '../../../src/core/log.ts';
import { hourMs } from '../../../src/metrics/chunk-key.ts';
import { createMaintenance } from '../../../src/metrics/maintenance.ts';
import { createMetricStore, type MetricStore } from '../../../src/metrics/metric-store.ts';
import type { Database } from '../../../src/storage/database.ts';
import { until } from '../../support/until.ts';
import { openTemporary, readingOf, temporaryDir } from '../storage/support.ts';

const host = 'web-1';
const startMs = 1_000 * hourMs;

/** Maintenance at the hour `hours` after the start, on a database with a reading at each half hour before. */
async function setUp({ hours = 10, dataDir = temporaryDir(), change = {} as Partial<MetricStore> } = {}) {
  const database = await openTemporary(dataDir);
  const store = { ...createMetricStore(database), ...change };
  const clock = { nowMs: startMs + hours * hourMs, now: () => clock.nowMs, monotonic: () => clock.nowMs };
  const log = { ...silentLogger, warn: vi.fn(), info: vi.fn() };
  const alsoDo = vi.fn(async () => {});
  const alsoDelete = vi.fn(async (_database: Database) => {});
  const maintenance = createMaintenance({
    database: async () => database,
    store,
    clock,
    log,
    retentionMs: 5 * hourMs,
    maxBytes: Number.POSITIVE_INFINITY,
    alsoDo,
    alsoDelete,
  });
  const readings = Array.from({ length: 2 * hours }, (_, i) => readingOf(host, startMs + (i * hourMs) / 2, [i]));
  await store.append(readings);
  const count = async (table: 'journal' | 'chunk') => {
    const rows = await database.db
      .selectFrom(table)
      .select(({ fn }) => fn.countAll<number>().as('n'))
      .execute();
    return rows[0]?.n;
  };
  return { maintenance, clock, log, alsoDo, alsoDelete, count, store, database };
}

describe('maintenance', () => {
  test('compresses what is an hour old, and deletes what is older than is kept', async () => {
    const { maintenance, clock, alsoDo, alsoDelete, count, store } = await setUp();
    maintenance.run(clock.nowMs);
    await until('the round', () => alsoDelete.mock.calls.length === 1);
    expect(alsoDo).toHaveBeenCalledTimes(1);
    expect(await count('journal')).toBe(2);
    expect(await count('chunk')).toBe(4);
    expect((await store.hosts())[0]?.firstMs).toBe(startMs + 5 * hourMs);
    await maintenance[Symbol.asyncDispose]();
  });

  test('goes on with each hour, once', async () => {
    const { maintenance, clock, count, store, alsoDelete } = await setUp();
    maintenance.run(clock.nowMs);
    await until('the first round', () => alsoDelete.mock.calls.length === 1);
    const compact = vi.spyOn(store, 'compact');
    maintenance.run(clock.nowMs);
    expect(compact).not.toHaveBeenCalled();
    clock.nowMs += hourMs;
    maintenance.run(clock.nowMs);
    await until('the second round', () => alsoDelete.mock.calls.length === 2);
    expect(await count('journal')).toBe(0);
  });

  test('deletes nothing in the first round when the clock is far ahead of the newest reading', async () => {
    const { maintenance, clock, log, count, alsoDo, alsoDelete } = await setUp();
    clock.nowMs += 1_000 * hourMs;
    maintenance.run(startMs);
    await until('the compaction', () => log.info.mock.calls.length === 1);
    await maintenance[Symbol.asyncDispose]();
    expect(await count('chunk')).toBe(10);
    expect(alsoDo).toHaveBeenCalledTimes(1);
    expect(alsoDelete).not.toHaveBeenCalled();
  });

  test('is left to the one process that owns it', async () => {
    const dataDir = temporaryDir();
    const owner = await openTemporary(dataDir);
    await owner.ownership('maintain').tryAcquire();
    const { maintenance, clock, count, log, alsoDo } = await setUp({ dataDir });
    maintenance.run(clock.nowMs);
    await maintenance[Symbol.asyncDispose]();
    expect(await count('journal')).toBe(20);
    expect(alsoDo).not.toHaveBeenCalled();
    expect(log.warn).not.toHaveBeenCalled();
  });

  test('that fails is told and tried again', async () => {
    let failing = true;
    const dataDir = temporaryDir();
    const real = createMetricStore(await openTemporary(dataDir));
    const compact: MetricStore['compact'] = (...all) =>
      failing ? Promise.reject(new Error('no space')) : real.compact(...all);
    const { maintenance, clock, count, log, alsoDelete } = await setUp({ dataDir, change: { compact } });
    maintenance.run(clock.nowMs);
    await until('the failure', () => log.warn.mock.calls.length === 1);
    failing = false;
    await until('the next round', () => {
      maintenance.run(clock.nowMs);
      return alsoDelete.mock.calls.length > 0;
    });
    expect(await count('chunk')).toBe(4);
  });
});
