import { describe, expect, test, vi } from 'vitest';
import { OpenManagerError } from '../../../src/core/errors.ts';
import { silentLogger } from '../../../src/core/log.ts';
import { createKeeper, type Gap } from '../../../src/metrics/keeper.ts';
import { createMetricStore, type MetricStore } from '../../../src/metrics/metric-store.ts';
import { until } from '../../support/until.ts';
import { openTemporary, readingOf, temporaryDir } from '../storage/support.ts';

const host = 'web-1';
const clock = { now: () => 10_000, monotonic: () => 0 };

/** A process on the data directory, which can be cut off from its database. */
async function startKeeper(dataDir: string) {
  const database = await openTemporary(dataDir);
  const real = createMetricStore(database);
  const log = { ...silentLogger, warn: vi.fn(), info: vi.fn() };
  const onStored = vi.fn();
  const onOwner = vi.fn();
  let failure: OpenManagerError | undefined;
  const counted = { readings: 0, instead: false };
  const store: MetricStore = {
    ...real,
    append: async (readings, owner) => {
      if (failure) throw failure;
      counted.readings += readings.length;
      if (!counted.instead) await real.append(readings, owner);
    },
    fill: async (readings, spacingMs) => {
      if (failure) throw failure;
      await real.fill(readings, spacingMs);
    },
  };
  const onGap = vi.fn(async (_gap: Gap) => {});
  const parts = { host, database: async () => database, store, clock, log, onStored, onOwner, intervalMs: 40, onGap };
  const keeper = createKeeper(parts);
  return {
    keeper,
    log,
    onStored,
    onOwner,
    onGap,
    counted,
    insert: real.insert,
    close: async () => {
      await keeper[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
    fail: (code: OpenManagerError['code'] | undefined) => {
      failure = code && new OpenManagerError(code, 'Failing on purpose.');
    },
    async times(): Promise<number[]> {
      const [series] = await real.series({ host, metric: 'm0' });
      const id = series?.id ?? -1;
      const samples = (await real.read({ host, seriesIds: [id], fromMs: 0, toMs: Number.POSITIVE_INFINITY })).get(id);
      return [...(samples?.timesMs ?? [])];
    },
  };
}

describe('readings', () => {
  test('of the time in which the owner was suspended are stored once, of whoever has them', async () => {
    const dataDir = temporaryDir();
    const owner = await startKeeper(dataDir);
    for (const timeMs of [100, 200]) owner.keeper.keep(readingOf(host, timeMs, [1]));
    await until('the first', async () => (await owner.times()).length === 2);
    expect(owner.onGap).not.toHaveBeenCalled();
    // One of the others was suspended too, and went on earlier.
    const [part, whole] = [await startKeeper(dataDir), await startKeeper(dataDir)];
    for (const timeMs of [501, 600]) part.keeper.keep(readingOf(host, timeMs, [2]));
    for (const timeMs of [100, 200, 300, 400, 500, 600]) whole.keeper.keep(readingOf(host, timeMs, [3]));
    owner.keeper.keep(readingOf(host, 600, [1]));
    await until('the gap', () => owner.onGap.mock.calls.length === 1);
    const [gap] = owner.onGap.mock.calls[0] as [Gap];
    expect(gap).toEqual({ fromMs: 200, toMs: 600 });
    part.keeper.fill(gap);
    await until('what the one has', async () => (await owner.times()).length === 4);
    whole.fail('unavailable');
    whole.keeper.fill(gap);
    await until('the failure', () => whole.log.warn.mock.calls.length === 1);
    whole.fail(undefined);
    whole.keeper.keep(readingOf(host, 700, [3]));
    await until('what the other has', async () => (await owner.times()).length === 6);
    expect(await owner.times()).toEqual([100, 200, 300, 400, 501, 600]);
    for (const { onGap } of [part, whole]) expect(onGap).not.toHaveBeenCalled();
  });

  test('are stored by the owner alone', async () => {
    const dataDir = temporaryDir();
    const owner = await startKeeper(dataDir);
    const other = await startKeeper(dataDir);
    owner.keeper.keep(readingOf(host, 1, [1]));
    await until('the first to be stored', async () => (await owner.times()).length === 1);
    other.keeper.keep(readingOf(host, 2, [2]));
    owner.keeper.keep(readingOf(host, 3, [3]));
    await until('the second of the owner', async () => (await owner.times()).length === 2);
    await other.keeper[Symbol.asyncDispose]();
    expect(await owner.times()).toEqual([1, 3]);
    expect(owner.onStored).toHaveBeenCalledWith(Number.NEGATIVE_INFINITY);
    expect(other.onStored).not.toHaveBeenCalled();
  });

  test('that the owner no longer stored are stored by the one that takes over, once', async () => {
    const dataDir = temporaryDir();
    const owner = await startKeeper(dataDir);
    const other = await startKeeper(dataDir);
    owner.keeper.keep(readingOf(host, 1, [1]));
    await until('the first to be stored', async () => (await owner.times()).length === 1);
    for (const timeMs of [1, 2, 3]) other.keeper.keep(readingOf(host, timeMs, [10 * timeMs]));
    await owner.close();
    other.keeper.keep(readingOf(host, 4, [40]));
    await until('the rest', async () => (await other.times()).length === 4);
    expect(await other.times()).toEqual([1, 2, 3, 4]);
    expect(other.onStored).toHaveBeenCalledWith(1);
  });

  test('are stored by the one that takes over although newer samples were imported meanwhile', async () => {
    const dataDir = temporaryDir();
    const owner = await startKeeper(dataDir);
    const other = await startKeeper(dataDir);
    owner.keeper.keep(readingOf(host, 1, [1]));
    await until('the first to be stored', async () => (await owner.times()).length === 1);
    await owner.close();
    const descriptor = { metric: 'm0', labels: {}, unit: '1' };
    await other.insert([{ host, descriptor, samples: { timesMs: Float64Array.of(9), values: Float64Array.of(9) } }]);
    for (const timeMs of [2, 3]) other.keeper.keep(readingOf(host, timeMs, [timeMs]));
    await until('the rest', async () => (await other.times()).length === 4);
    expect(await other.times()).toEqual([1, 2, 3, 9]);
  });

  test.each(['unavailable', 'storage_full', 'storage_read_only', 'timeout', 'conflict'] as const)(
    'wait while the database fails with %s, and are stored when it no longer does',
    async (code) => {
      const { keeper, log, fail, times } = await startKeeper(temporaryDir());
      fail(code);
      for (let timeMs = 1; timeMs <= 250; timeMs += 1) keeper.keep(readingOf(host, timeMs, [timeMs]));
      await until('the failure to be told', () => log.warn.mock.calls.length > 0);
      fail(undefined);
      keeper.keep(readingOf(host, 251, [251]));
      await until('all to be stored', async () => (await times()).length === 251);
      expect(log.warn).toHaveBeenCalledTimes(1);
      expect(log.info).toHaveBeenCalledWith('readings are stored again', { lost: 0 });
    },
  );

  test('are dropped, the oldest first, when more than 720 wait, and their number is told', async () => {
    const { keeper, log, fail, times } = await startKeeper(temporaryDir());
    fail('unavailable');
    for (let timeMs = 1; timeMs <= 1_000; timeMs += 1) keeper.keep(readingOf(host, timeMs, [timeMs]));
    await until('the failure to be told', () => log.warn.mock.calls.length > 0);
    fail(undefined);
    keeper.keep(readingOf(host, 1_001, [1_001]));
    await until('the rest to be stored', async () => (await times()).length === 720);
    expect((await times())[0]).toBe(282);
    expect(log.info).toHaveBeenCalledWith('readings are stored again', { lost: 281 });
  });

  test('that take more than 32 MiB do not all wait', async () => {
    const { keeper, log, fail, counted } = await startKeeper(temporaryDir());
    counted.instead = true;
    fail('unavailable');
    const values = Array.from({ length: 10_000 }, (_, i) => i);
    for (let timeMs = 1; timeMs <= 430; timeMs += 1) keeper.keep(readingOf(host, timeMs, values));
    await until('the failure to be told', () => log.warn.mock.calls.length > 0);
    fail(undefined);
    keeper.keep(readingOf(host, 431, values));
    await until('the rest to be stored', () => log.info.mock.calls.length > 0);
    expect(counted.readings).toBe(419);
  });

  test('that still wait are stored when the keeper closes', async () => {
    const dataDir = temporaryDir();
    const { keeper, fail, log, times } = await startKeeper(dataDir);
    keeper.keep(readingOf(host, 1, [1]));
    await until('the first', async () => (await times()).length === 1);
    fail('unavailable');
    keeper.keep(readingOf(host, 2, [2]));
    await until('the failure', () => log.warn.mock.calls.length > 0);
    fail(undefined);
    await keeper[Symbol.asyncDispose]();
    expect(await times()).toEqual([1, 2]);
  });
});
