import type { Clock } from '../core/clock.ts';
import { OpenManagerError } from '../core/errors.ts';
import type { Descriptor } from '../core/series.ts';
import { formatTime } from '../core/time.ts';
import type { CoreReading, HostInventory, MetricSource, ProcessTable } from './collectors/collector-source.ts';
import { createDelivery } from './collectors/delivery.ts';
import { createSlowReader } from './collectors/slow-reader.ts';
import { createStreak, type OnWarning } from './collectors/warnings.ts';
import { within } from './collectors/within.ts';
import type { Reading } from './reading.ts';

/** What is known of this machine now. */
export interface Collected {
  /** The core values of the latest tick together with the latest slow ones, which may be some minutes old. */
  readonly reading: Reading;
  readonly processes: ProcessTable | null;
  readonly inventory: HostInventory | null;
  /** What the latest slow read could not find out, one sentence each. */
  readonly warnings: readonly string[];
}

export interface Collector extends AsyncDisposable {
  /** Null until the first reading. */
  latest(): Collected | null;
  /** Reads core and slow values once more, unless they are fresh; throws `unavailable` when nothing can be read. */
  collectNow(): Promise<Collected>;
}

export interface CollectorOptions {
  readonly host: string;
  readonly source: MetricSource;
  readonly clock: Clock;
  /** Milliseconds between two readings; they fall on multiples of it since the epoch. */
  readonly intervalMs?: number;
  readonly slowIntervalMs?: number;
  readonly slowTimeoutMs?: number;
  /**
   * Takes each reading, one at a time and in order. A slow read's values come with the first tick after it is done, so
   * that there are two layouts of descriptors, each with an identity of its own.
   */
  readonly onReading: (reading: Reading) => void | Promise<void>;
  readonly onWarning: OnWarning;
}

/** A rate over less time than this says little: /proc counts processor time in steps of 10 ms. */
const freshMs = 1000;
/** Slow values older than this many of their intervals are no longer shown. */
const slowLifeIntervals = 5;

/**
 * Collects until it is disposed of: one reading now, then one at each multiple of the interval. Ticks never overlap and
 * do not wait for the slow reads, timers do not keep the process alive, and no failure ends the collecting.
 */
export function startCollector(options: CollectorOptions): Collector {
  const {
    host,
    source,
    clock,
    onWarning,
    intervalMs = 5000,
    slowIntervalMs = 60_000,
    slowTimeoutMs = 10_000,
  } = options;
  const delivery = createDelivery(options.onReading, onWarning);
  const slow = createSlowReader({ source, clock, intervalMs: slowIntervalMs, timeoutMs: slowTimeoutMs, onWarning });
  const readable = createStreak(onWarning);
  const punctual = createStreak(onWarning);
  const join = createJoiner(host);
  let core: { reading: CoreReading; timestampMs: number; readAtMs: number } | null = null;
  let inFlight: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  async function readAndDeliver(): Promise<void> {
    const at = { timestampMs: onTick(clock.now(), intervalMs), readAtMs: clock.monotonic() };
    if (core !== null) warnOfGap(core.timestampMs, at.timestampMs, options);
    core = { ...at, reading: await source.readCore() };
    if (!stopped) delivery.deliver(join(at.timestampMs, core.reading, slow.take()));
  }

  function readCore(): Promise<void> {
    inFlight ??= readAndDeliver().finally(() => {
      inFlight = null;
    });
    return inFlight;
  }

  async function tick(): Promise<void> {
    schedule();
    if (inFlight !== null)
      return punctual.failed('Reading this machine takes longer than the interval: ticks are skipped.');
    punctual.succeeded();
    try {
      const read = readCore();
      slow.readIfDue();
      await read;
      readable.succeeded();
    } catch (error) {
      readable.failed('The metrics of this machine could not be read.', error);
    }
  }

  function schedule(): void {
    timer = setTimeout(() => void tick(), delayToNextTick(clock.now(), intervalMs));
    timer.unref();
  }

  function latest(): Collected | null {
    if (core === null) return null;
    const shown = slow.latest(slowLifeIntervals * slowIntervalMs);
    const reading = join(core.timestampMs, core.reading, shown);
    return {
      reading,
      processes: shown?.processes ?? null,
      inventory: slow.inventory(),
      warnings: shown?.warnings ?? [],
    };
  }

  void tick();

  return {
    latest,
    async collectNow() {
      if (stopped) unavailable();
      if (slow.latest(intervalMs) === null) await slow.read();
      if (core === null || clock.monotonic() - core.readAtMs > freshMs) await readCore().catch(unavailable);
      return latest() ?? unavailable();
    },
    async [Symbol.asyncDispose]() {
      stopped = true;
      clearTimeout(timer);
      slow.abort();
      await within(Promise.allSettled([inFlight, delivery.idle()]), slowTimeoutMs);
    },
  };
}

function unavailable(cause?: unknown): never {
  throw new OpenManagerError('unavailable', 'The metrics of this machine cannot be read now.', { cause });
}

/** So many ticks in a row are missing, other than by a busy moment. */
const gapIntervals = 4;

function warnOfGap(fromMs: number, toMs: number, { intervalMs = 5000, onWarning }: CollectorOptions): void {
  if (toMs - fromMs <= gapIntervals * intervalMs) return;
  const span = `from ${formatTime(fromMs)} to ${formatTime(toMs)}`;
  onWarning(
    `There are no readings ${span}: the process or the machine was suspended or too busy, or the clock was set.`,
  );
}

/**
 * The tick itself when it is less than a hundredth of the interval away: times in equal steps take hardly any room.
 * Prometheus does the same with its scrapes (https://github.com/prometheus/prometheus/pull/7976).
 */
function onTick(nowMs: number, intervalMs: number): number {
  const tickMs = Math.round(nowMs / intervalMs) * intervalMs;
  return Math.abs(nowMs - tickMs) <= intervalMs / 100 ? tickMs : nowMs;
}

/** The next multiple of the interval since the epoch; a timer that fired early does not make two ticks of one. */
function delayToNextTick(nowMs: number, intervalMs: number): number {
  const delayMs = intervalMs - (nowMs % intervalMs);
  return delayMs < intervalMs / 10 ? delayMs + intervalMs : delayMs;
}

/** Makes readings; the joined descriptors keep their identity while both parts keep theirs. */
function createJoiner(host: string) {
  let joined: { core: readonly Descriptor[]; slow: readonly Descriptor[]; both: readonly Descriptor[] } | null = null;
  return (timestampMs: number, core: CoreReading, slow: CoreReading | null): Reading => {
    if (slow === null) return { host, timestampMs, descriptors: core.descriptors, values: core.values };
    if (joined?.core !== core.descriptors || joined.slow !== slow.descriptors) {
      joined = { core: core.descriptors, slow: slow.descriptors, both: [...core.descriptors, ...slow.descriptors] };
    }
    const values = new Float64Array(joined.both.length);
    values.set(core.values);
    values.set(slow.values, core.values.length);
    return { host, timestampMs, descriptors: joined.both, values };
  };
}
