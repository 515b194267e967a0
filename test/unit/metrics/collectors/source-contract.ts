import { describe, expect, it } from 'vitest';
import type { MetricSource } from '../../../../src/metrics/collectors/collector-source.ts';
import { seriesOf, valuesOf } from './values.ts';

export interface ContractSetUp {
  readonly source: MetricSource;
  /** Lets the time of a tick pass. */
  readonly passTick: () => Promise<void>;
}

/** What every source of metrics keeps, run on the machine of the tests. */
export function describeMetricSource(name: string, create: () => ContractSetUp): void {
  const { signal } = new AbortController();

  describe(`the ${name} source`, () => {
    it('has the metrics that every host has, with totals that carry no labels', async () => {
      const { source } = create();
      const values = valuesOf(await source.readCore());
      for (const metric of [
        'system.cpu.utilization',
        'system.cpu.logical.count',
        'system.cpu.load_average.1m',
        'system.memory.utilization',
        'system.memory.limit',
        'system.uptime',
      ]) {
        expect(values.has(metric), metric).toBe(true);
      }
      expect(values.get('system.memory.limit')).toBeGreaterThan(0);
      expect(values.get('system.uptime')).toBeGreaterThan(0);
    });

    it('knows no rates at first, then rates that are not negative and shares within 0 and 1', async () => {
      const { source, passTick } = create();
      const first = valuesOf(await source.readCore());
      expect(first.get('system.cpu.utilization')).toBeNaN();
      await passTick();
      const { descriptors, values } = await source.readCore();
      for (const [i, { metric, unit }] of descriptors.entries()) {
        const value = values[i] ?? Number.NaN;
        if (Number.isNaN(value)) continue;
        expect(value, metric).toBeGreaterThanOrEqual(0);
        if (unit === '1') expect(value, metric).toBeLessThanOrEqual(1);
      }
      expect(valuesOf({ descriptors, values }).get('system.cpu.utilization')).not.toBeNaN();
    });

    it('hands out the same descriptors while the series stay the same, each series once', async () => {
      const { source, passTick } = create();
      const first = await source.readCore();
      await passTick();
      const second = await source.readCore();
      expect(second.descriptors).toBe(first.descriptors);
      expect(valuesOf(second).size).toBe(second.descriptors.length);
    });

    it('has the shares of the processor modes add up to one', async () => {
      const { source, passTick } = create();
      await source.readCore();
      await passTick();
      const reading = await source.readCore();
      const modes = [...valuesOf(reading)].filter(([series]) => series.startsWith('system.cpu.utilization{cpu.mode='));
      expect(modes.reduce((sum, [, share]) => sum + share, 0)).toBeCloseTo(1, 3);
    });

    it('measures the root filesystem and counts the processes', async () => {
      const { source } = create();
      const slow = await source.readSlow(signal);
      const usage = seriesOf(slow, 'system.filesystem.utilization').filter((series) =>
        series.includes('mountpoint=/}'),
      );
      expect(usage).toHaveLength(1);
      expect(valuesOf(slow).get('system.process.count')).toBe(slow.processes?.total);
      const byStatus = Object.values(slow.processes?.byStatus ?? {}).reduce((sum, count) => sum + count, 0);
      expect(byStatus).toBeLessThanOrEqual(slow.processes?.total ?? 0);
      expect(slow.processes?.topByMemory.length).toBeGreaterThan(0);
      expect(slow.processes?.topByMemory.length).toBeLessThanOrEqual(10);
    });

    it('says what machine it is', async () => {
      const inventory = await create().source.inventory(signal);
      expect(inventory.hostname).not.toBe('');
      expect(inventory.kernel).not.toBe('');
      expect(inventory.cpuCount).toBeGreaterThan(0);
      expect(inventory.memoryBytes).toBeGreaterThan(0);
      expect(Math.abs(Date.now() - inventory.bootTimeMs)).toBeGreaterThan(1000);
    });
  });
}
