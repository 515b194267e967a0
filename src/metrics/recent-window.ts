import type { Descriptor } from '../core/series.ts';
import type { Reading } from './reading.ts';
import { noSamples, type Samples } from './samples.ts';
import { seriesKey } from './series-key.ts';

/** The last readings of every host in memory, so that questions about the recent past need no database. */
export interface RecentWindow {
  /** A reading at the time of the last one replaces it; an older one (a clock set back) starts the host's window anew. */
  push(reading: Reading): void;
  /**
   * Whether `read` knows every sample since the window's start or earlier, of each of the host's series: it does not
   * where readings are missing, as another process may have stored some meanwhile, nor of what `historyChanged` tells of.
   */
  covers(host: string, fromMs: number): boolean;
  /** Samples in [`fromMs`, `toMs`), oldest first, none missing. */
  read(host: string, descriptor: Descriptor, range: { readonly fromMs: number; readonly toMs: number }): Samples;
  /** The series' value in the host's last reading; NaN when it had none. */
  last(host: string, descriptor: Descriptor): number;
  /** Samples of the host were stored by another way than `push`: only readings to come are covered. */
  historyChanged(host: string): void;
}

export interface RecentWindowOptions {
  /** Readings kept of each host; 720 is an hour at one every 5 s. */
  readonly ticks?: number;
  /** Series of all hosts together; each takes `8 * ticks` bytes. A host whose series do not fit is not covered. */
  readonly maxSeries?: number;
  /** Milliseconds between two readings beyond which some are missing. */
  readonly maxGapMs?: number;
}

export function createRecentWindow(options: RecentWindowOptions = {}): RecentWindow {
  const { ticks = 720, maxSeries = 2_000, maxGapMs = Number.POSITIVE_INFINITY } = options;
  const hosts = new Map<string, HostWindow>();
  let seriesLeft = maxSeries;

  const budget = {
    take(): boolean {
      if (seriesLeft === 0) return false;
      seriesLeft -= 1;
      return true;
    },
    giveBack(): void {
      seriesLeft += 1;
    },
  };

  return {
    push(reading) {
      const window = hosts.get(reading.host) ?? createHostWindow({ ticks, maxGapMs, budget });
      hosts.set(reading.host, window);
      window.push(reading);
    },
    covers: (host, fromMs) => hosts.get(host)?.covers(fromMs) ?? false,
    read: (host, descriptor, { fromMs, toMs }) =>
      hosts.get(host)?.read(seriesKey(descriptor), fromMs, toMs) ?? noSamples,
    last: (host, descriptor) => hosts.get(host)?.last(seriesKey(descriptor)) ?? Number.NaN,
    historyChanged: (host) => hosts.get(host)?.forget(),
  };
}

interface Ring {
  readonly values: Float64Array;
  /** Number of the reading that had a value last. */
  lastTick: number;
}

interface Budget {
  take(): boolean;
  giveBack(): void;
}

interface HostWindowOptions {
  readonly ticks: number;
  readonly maxGapMs: number;
  readonly budget: Budget;
}

type HostWindow = ReturnType<typeof createHostWindow>;

/**
 * Readings are numbered from 0; number n lies in slot `n % ticks` of the ring of times and of each series' ring, which
 * therefore share one position.
 */
function createHostWindow({ ticks, maxGapMs, budget }: HostWindowOptions) {
  const timesMs = new Float64Array(ticks);
  const rings = new Map<string, Ring>();
  let slots = new WeakMap<readonly Descriptor[], readonly (Ring | undefined)[]>();
  let firstTick = 0;
  let nextTick = 0;
  /** The first reading since which nothing is missing. */
  let completeTick = 0;

  const timeOf = (tick: number) => timesMs[tick % ticks] as number;
  const newestMs = () => (nextTick > firstTick ? timeOf(nextTick - 1) : Number.NEGATIVE_INFINITY);

  function ringsOf(descriptors: readonly Descriptor[]): readonly (Ring | undefined)[] {
    const known = slots.get(descriptors);
    if (known) return known;
    const found = descriptors.map((descriptor) => ringOf(seriesKey(descriptor)));
    if (!found.includes(undefined)) slots.set(descriptors, found);
    return found;
  }

  function ringOf(key: string): Ring | undefined {
    const known = rings.get(key);
    if (known) return known;
    if (!budget.take()) return undefined;
    const ring = { values: new Float64Array(ticks).fill(Number.NaN), lastTick: nextTick };
    rings.set(key, ring);
    return ring;
  }

  /** Makes room by dropping the series of which no reading is left. */
  function dropSilent(): void {
    for (const [key, ring] of rings) {
      if (ring.lastTick >= firstTick) continue;
      rings.delete(key);
      budget.giveBack();
      slots = new WeakMap();
    }
  }

  return {
    push({ timestampMs, descriptors, values }: Reading): void {
      if (timestampMs < newestMs()) firstTick = nextTick;
      if (timestampMs > newestMs() + maxGapMs) completeTick = nextTick;
      if (timestampMs === newestMs()) nextTick -= 1;
      const slot = nextTick % ticks;
      const targets = ringsOf(descriptors);
      for (const ring of rings.values()) ring.values[slot] = Number.NaN;
      targets.forEach((ring, i) => {
        if (!ring) return;
        ring.values[slot] = values[i] as number;
        ring.lastTick = nextTick;
      });
      timesMs[slot] = timestampMs;
      nextTick += 1;
      firstTick = Math.max(firstTick, nextTick - ticks);
      if (targets.includes(undefined)) completeTick = nextTick;
      dropSilent();
    },
    covers: (fromMs: number) => {
      const oldest = Math.max(firstTick, completeTick);
      return oldest < nextTick && timeOf(oldest) <= fromMs;
    },
    read(key: string, fromMs: number, toMs: number): Samples {
      const ring = rings.get(key);
      if (!ring) return noSamples;
      const from = firstNotBefore(fromMs, { low: firstTick, high: nextTick }, timeOf);
      const to = firstNotBefore(toMs, { low: from, high: nextTick }, timeOf);
      const times = new Float64Array(to - from);
      const found = new Float64Array(to - from);
      let length = 0;
      for (let tick = from; tick < to; tick += 1) {
        const value = ring.values[tick % ticks] as number;
        if (Number.isNaN(value)) continue;
        times[length] = timeOf(tick);
        found[length] = value;
        length += 1;
      }
      return { timesMs: times.slice(0, length), values: found.slice(0, length) };
    },
    forget(): void {
      completeTick = nextTick;
    },
    last: (key: string) => rings.get(key)?.values[(nextTick - 1) % ticks] ?? Number.NaN,
  };
}

/** The first of the readings [`low`, `high`) at `timeMs` or later, `high` when there is none. */
function firstNotBefore(
  timeMs: number,
  { low, high }: { low: number; high: number },
  timeOf: (tick: number) => number,
): number {
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (timeOf(middle) < timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
