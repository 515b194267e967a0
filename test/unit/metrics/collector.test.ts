import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { type Collector, type CollectorOptions, startCollector } from '../../../src/metrics/collector.ts';
import type {
  CoreReading,
  HostInventory,
  MetricSource,
  SlowReading,
} from '../../../src/metrics/collectors/collector-source.ts';
import type { Reading } from '../../../src/metrics/reading.ts';

const startMs = 1_800_000_001_234;
const coreDescriptors = [{ metric: 'system.cpu.utilization', labels: {}, unit: '1' }];
const slowDescriptors = [{ metric: 'system.process.count', labels: {}, unit: '{process}' }];
const inventory = { hostname: 'web-1' } as HostInventory;
const processes = { total: 7, byStatus: {}, topByCpu: [], topByMemory: [] };
const never = new Promise<never>(() => {});

beforeEach(() => {
  vi.useFakeTimers({ now: startMs });
});
const started: Collector[] = [];
afterEach(async () => {
  const disposed = Promise.all(started.splice(0).map((collector) => collector[Symbol.asyncDispose]()));
  await vi.advanceTimersByTimeAsync(60_000);
  await disposed;
  vi.useRealTimers();
});

/** A source whose core value is the number of its reads. */
function createSource() {
  let reads = 0;
  return {
    id: 'linux' as const,
    readCore: vi.fn((): CoreReading | Promise<CoreReading> => ({
      descriptors: coreDescriptors,
      values: Float64Array.of(++reads),
    })),
    readSlow: vi.fn(
      async (_signal: AbortSignal): Promise<SlowReading> => ({
        descriptors: slowDescriptors,
        values: Float64Array.of(7),
        processes,
        warnings: [],
      }),
    ),
    inventory: vi.fn(async () => inventory),
  } satisfies MetricSource;
}

function start(source: MetricSource, options: Partial<CollectorOptions> = {}) {
  const readings: Reading[] = [];
  const warnings: string[] = [];
  const collector = startCollector({
    host: 'web-1',
    source,
    clock: systemClock,
    onReading: (reading) => {
      readings.push(reading);
    },
    onWarning: (message) => warnings.push(message),
    ...options,
  });
  started.push(collector);
  return { collector, readings, warnings };
}

describe('the time of a reading', () => {
  it.each([
    [20, 1_800_000_005_000],
    [-30, 1_800_000_005_000],
    [60, 1_800_000_005_060],
  ])('%i ms beside a tick is that tick when it is within a hundredth of the interval', async (besideMs, expectedMs) => {
    const clock = { ...systemClock, now: () => 1_800_000_005_000 + besideMs };
    const { readings } = start(createSource(), { clock });
    await vi.advanceTimersByTimeAsync(0);
    expect(readings.map(({ timestampMs }) => timestampMs)).toEqual([expectedMs]);
  });
});

describe('the ticks of a collector', () => {
  it('come at once, then at the multiples of the interval, without drift', async () => {
    const { readings } = start(createSource());
    await vi.advanceTimersByTimeAsync(0);
    expect(readings.map(({ timestampMs }) => timestampMs)).toEqual([startMs]);
    await vi.advanceTimersByTimeAsync(3_600_000);
    const ticks = readings.slice(1).map(({ timestampMs }) => timestampMs);
    expect(ticks).toHaveLength(720);
    expect(ticks.every((timestampMs) => timestampMs % 5000 === 0)).toBe(true);
  });

  it('do not come twice when a timer fires a little early', async () => {
    const { readings } = start(createSource(), { clock: { ...systemClock, now: () => Date.now() - 1 } });
    await vi.advanceTimersByTimeAsync(60_000);
    const gaps = readings.slice(1).map(({ timestampMs }, i) => timestampMs - (readings[i]?.timestampMs ?? 0));
    expect(Math.min(...gaps.slice(1))).toBeGreaterThanOrEqual(4999);
  });

  it('find the grid again after the wall clock was set', async () => {
    const { readings } = start(createSource());
    await vi.advanceTimersByTimeAsync(10_000);
    vi.setSystemTime(startMs - 3_600_000 + 777);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(readings.slice(-3).every(({ timestampMs }) => timestampMs % 5000 === 0)).toBe(true);
  });

  it('that are missing for long are told once, when they go on', async () => {
    const { warnings } = start(createSource());
    await vi.advanceTimersByTimeAsync(10_000);
    vi.setSystemTime(Date.now() + 60_000);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(warnings).toEqual([
      'There are no readings from 2027-01-15T08:00:10Z to 2027-01-15T08:01:15Z: the process or the machine was suspended or too busy, or the clock was set.',
    ]);
  });

  it('never overlap: those that come while a read is under way are left out and told once', async () => {
    const source = createSource();
    const { promise, resolve } = Promise.withResolvers<CoreReading>();
    source.readCore.mockImplementationOnce(() => promise);
    const { readings, warnings } = start(source);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(source.readCore).toHaveBeenCalledTimes(1);
    expect(warnings).toEqual(['Reading this machine takes longer than the interval: ticks are skipped.']);
    resolve({ descriptors: coreDescriptors, values: Float64Array.of(0) });
    await vi.advanceTimersByTimeAsync(5000);
    expect(readings).toHaveLength(2);
  });

  it('go on after a read that failed, and a row of failures is told once', async () => {
    const source = createSource();
    for (let i = 0; i < 3; i++) {
      source.readCore.mockImplementationOnce(() => {
        throw new Error('no /proc');
      });
    }
    const { readings, warnings } = start(source);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(warnings).toEqual(['The metrics of this machine could not be read.']);
    expect(readings).toHaveLength(2);
  });

  it('do not keep the process alive', () => {
    const setTimer = vi.spyOn(globalThis, 'setTimeout');
    start(createSource());
    const timers = setTimer.mock.results.map(({ value }) => value as NodeJS.Timeout);
    expect(timers.length).toBeGreaterThan(0);
    expect(timers.every((timer) => !timer.hasRef())).toBe(true);
  });

  it('end with the collector', async () => {
    const source = createSource();
    const { collector } = start(source);
    await vi.advanceTimersByTimeAsync(6000);
    await collector[Symbol.asyncDispose]();
    const reads = source.readCore.mock.calls.length;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(source.readCore).toHaveBeenCalledTimes(reads);
    expect(vi.getTimerCount()).toBe(0);
    await expect(collector.collectNow()).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('the slow values', () => {
  it('come with the first tick after they are read, in a second layout that is as stable as the first', async () => {
    const { readings } = start(createSource());
    await vi.advanceTimersByTimeAsync(180_000);
    const withSlow = readings.filter(({ descriptors }) => descriptors.length === 2);
    const without = readings.filter(({ descriptors }) => descriptors.length === 1);
    expect(withSlow).toHaveLength(3);
    expect(withSlow[0]?.timestampMs).toBe(1_800_000_005_000);
    expect(withSlow[0]?.descriptors).toEqual([...coreDescriptors, ...slowDescriptors]);
    expect([...(withSlow[0]?.values ?? [])]).toEqual([2, 7]);
    expect(new Set(withSlow.map(({ descriptors }) => descriptors)).size).toBe(1);
    expect(new Set(without.map(({ descriptors }) => descriptors)).size).toBe(1);
  });

  it('delay no tick when they never come, are aborted and told once, and not asked again while they hang', async () => {
    const source = createSource();
    source.readSlow.mockImplementation(() => never);
    const { readings, warnings } = start(source);
    await vi.advanceTimersByTimeAsync(180_000);
    expect(readings).toHaveLength(37);
    expect(warnings).toEqual(['Filesystems and processes could not be read within 10 s.']);
    expect(source.readSlow).toHaveBeenCalledTimes(1);
    expect(source.readSlow.mock.calls[0]?.[0].aborted).toBe(true);
  });

  it('are asked again after a failure', async () => {
    const source = createSource();
    source.readSlow.mockRejectedValueOnce(new Error('ps is missing'));
    const { collector, warnings } = start(source);
    await vi.advanceTimersByTimeAsync(65_000);
    expect(warnings).toEqual(['Filesystems and processes could not be read.']);
    expect(collector.latest()?.processes).toBe(processes);
  });

  it('have each new warning of theirs told once', async () => {
    const source = createSource();
    const slow = { descriptors: slowDescriptors, values: Float64Array.of(7), processes };
    source.readSlow.mockResolvedValue({ ...slow, warnings: ['/mnt/gone does not answer.'] });
    const { collector, warnings } = start(source);
    await vi.advanceTimersByTimeAsync(200_000);
    expect(source.readSlow.mock.calls.length).toBeGreaterThan(2);
    expect(warnings).toEqual(['/mnt/gone does not answer.']);
    expect(collector.latest()?.warnings).toEqual(['/mnt/gone does not answer.']);
  });

  it('ask for the inventory once an hour', async () => {
    const source = createSource();
    start(source);
    await vi.advanceTimersByTimeAsync(59 * 60_000);
    expect(source.inventory).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(2 * 60_000);
    expect(source.inventory).toHaveBeenCalledTimes(2);
  });
});

describe('the latest reading', () => {
  it('is null before the first, then holds the latest core and slow values together', async () => {
    const { collector } = start(createSource());
    expect(collector.latest()).toBeNull();
    await vi.advanceTimersByTimeAsync(30_000);
    const latest = collector.latest();
    expect(latest?.reading.timestampMs).toBe(1_800_000_030_000);
    expect([...(latest?.reading.values ?? [])]).toEqual([7, 7]);
    expect(latest?.reading.descriptors).toBe(collector.latest()?.reading.descriptors);
    expect(latest).toMatchObject({ processes, inventory, warnings: [] });
  });

  it('leaves out slow values that are long outdated', async () => {
    const source = createSource();
    const { collector } = start(source);
    await vi.advanceTimersByTimeAsync(10_000);
    source.readSlow.mockRejectedValue(new Error('ps is missing'));
    await vi.advanceTimersByTimeAsync(600_000);
    expect(collector.latest()?.reading.descriptors).toBe(coreDescriptors);
    expect(collector.latest()?.processes).toBeNull();
  });

  it('can be had at once, and is not read again while it is fresh', async () => {
    const source = createSource();
    const { collector, readings } = start(source);
    const collected = await collector.collectNow();
    expect(collected.reading.descriptors).toHaveLength(2);
    expect(source.readCore).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(6000);
    const reads = source.readCore.mock.calls.length;
    await collector.collectNow();
    await collector.collectNow();
    expect(source.readCore).toHaveBeenCalledTimes(reads + 1);
    expect(readings.at(-1)?.timestampMs).toBe(Date.now());
  });

  it('is refused as unavailable when nothing can be read', async () => {
    const source = createSource();
    source.readCore.mockImplementation(() => {
      throw new Error('no /proc');
    });
    const { collector } = start(source);
    await vi.advanceTimersByTimeAsync(0);
    await expect(collector.collectNow()).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('who takes the readings', () => {
  it('may fail without ending the collecting; a row of failures is told once', async () => {
    const onReading = vi.fn(async () => {
      throw new Error('disk full');
    });
    const { warnings } = start(createSource(), { onReading });
    await vi.advanceTimersByTimeAsync(30_000);
    expect(onReading).toHaveBeenCalledTimes(7);
    expect(warnings).toEqual(['A reading could not be taken over; collecting goes on.']);
  });

  it('gets them one at a time and in order', async () => {
    const taken: number[] = [];
    let inside = 0;
    let mostInside = 0;
    const onReading = async ({ values }: Reading) => {
      inside += 1;
      mostInside = Math.max(mostInside, inside);
      await new Promise((resolve) => setTimeout(resolve, 7000));
      taken.push(values[0] ?? Number.NaN);
      inside -= 1;
    };
    start(createSource(), { onReading });
    await vi.advanceTimersByTimeAsync(40_000);
    expect(taken).toEqual([1, 2, 3, 4, 5]);
    expect(mostInside).toBe(1);
  });

  it('loses the oldest, and is told, when it never comes back', async () => {
    const onReading = vi.fn(() => never);
    const { warnings } = start(createSource(), { onReading });
    await vi.advanceTimersByTimeAsync(300_000);
    expect(onReading).toHaveBeenCalledTimes(1);
    expect(warnings).toEqual(['Readings are taken over too slowly; the oldest are dropped.']);
  });
});
