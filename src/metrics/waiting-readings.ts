import type { Reading } from './reading.ts';

/** Readings that wait in memory: an hour's at one every 5 s. */
const maxReadings = 720;
const maxBytes = 32 * 2 ** 20;

/** Readings in their order, the oldest of which go when there are more than 720 or 32 MiB of them. */
export function createWaiting() {
  let readings: Reading[] = [];
  let bytes = 0;
  let lost = 0;

  function take(): Reading | undefined {
    const oldest = readings.shift();
    bytes -= sizeOf(oldest);
    return oldest;
  }

  return {
    add(reading: Reading): void {
      readings.push(reading);
      bytes += sizeOf(reading);
      while (readings.length > 1 && (readings.length > maxReadings || bytes > maxBytes)) {
        take();
        lost += 1;
      }
    },
    first: (count: number): readonly Reading[] => readings.slice(0, count),
    between: ({ fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }): readonly Reading[] =>
      readings.filter(({ timestampMs }) => timestampMs > fromMs && timestampMs < toMs),
    remove(stored: readonly Reading[]): void {
      const gone = new Set(stored);
      readings = readings.filter((reading) => !gone.has(reading));
      bytes = readings.reduce((sum, reading) => sum + sizeOf(reading), 0);
    },
    /** The oldest, which waits no longer. */
    take,
    dropUntil(timeMs: number): void {
      while (readings[0] !== undefined && readings[0].timestampMs <= timeMs) take();
    },
    takeLost(): number {
      const count = lost;
      lost = 0;
      return count;
    },
    size: () => readings.length,
  };
}

function sizeOf(reading: Reading | undefined): number {
  return reading?.values.byteLength ?? 0;
}
