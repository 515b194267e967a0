import { share } from './counters.ts';
import { addGauge, describeSeries, type Sample } from './sample.ts';

/** Bytes; NaN = not known. */
export interface MemoryState {
  readonly total: number;
  readonly available: number;
  readonly free: number;
  readonly buffers: number;
  readonly cached: number;
  readonly swapTotal: number;
  readonly swapFree: number;
}

/** Writes memory and swap; a host without swap has no `system.paging` usage. */
export function createMemorySeries(): (sample: Sample, state: MemoryState) => void {
  const usage = (state: string) => describeSeries('system.memory.usage', 'By', { 'system.memory.state': state });
  const paging = (state: string) => describeSeries('system.paging.usage', 'By', { 'system.paging.state': state });
  const series = {
    utilization: describeSeries('system.memory.utilization', '1'),
    limit: describeSeries('system.memory.limit', 'By'),
    used: usage('used'),
    free: usage('free'),
    buffers: usage('buffers'),
    cached: usage('cached'),
    pagingUsed: paging('used'),
    pagingFree: paging('free'),
    pagingUtilization: describeSeries('system.paging.utilization', '1'),
  };
  return (sample, state) => {
    const used = Math.max(0, state.total - state.available);
    addGauge(sample, series.utilization, share(used, state.total));
    addGauge(sample, series.limit, state.total);
    addGauge(sample, series.used, used);
    addGauge(sample, series.free, state.free);
    addGauge(sample, series.buffers, state.buffers);
    addGauge(sample, series.cached, state.cached);
    if (!(state.swapTotal > 0)) return;
    const swapUsed = Math.max(0, state.swapTotal - state.swapFree);
    addGauge(sample, series.pagingUsed, swapUsed);
    addGauge(sample, series.pagingFree, state.swapFree);
    addGauge(sample, series.pagingUtilization, share(swapUsed, state.swapTotal));
  };
}
