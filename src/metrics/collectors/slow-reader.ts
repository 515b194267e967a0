import type { Clock } from '../../core/clock.ts';
import type { HostInventory, MetricSource, SlowReading } from './collector-source.ts';
import { createStreak, type OnWarning } from './warnings.ts';
import { within } from './within.ts';

export interface SlowReader {
  /** Starts a read when the last one is long enough ago. */
  readIfDue(): void;
  /** Reads once more, or joins the read under way; never rejects. */
  read(): Promise<void>;
  /** The latest reading if it is at most `maxAgeMs` old. */
  latest(maxAgeMs: number): SlowReading | null;
  /** The latest reading, the first time it is asked for; then null until there is another. */
  take(): SlowReading | null;
  /** What the source last said of the host. */
  inventory(): HostInventory | null;
  /** Ends the read under way. */
  abort(): void;
}

export interface SlowReaderOptions {
  readonly source: MetricSource;
  readonly clock: Clock;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly onWarning: OnWarning;
}

/** Hardware and names change seldom, and asking some systems costs a dozen child processes. */
const readsPerInventory = 60;
/** Ticks come a little early or late; a read that is due within this share of its interval is due now. */
const slack = 0.05;

/** Reads what is slow, never twice at a time: while a read that timed out still hangs, no other one starts. */
export function createSlowReader({ source, clock, intervalMs, timeoutMs, onWarning }: SlowReaderOptions): SlowReader {
  const streak = createStreak(onWarning);
  const reportNew = createNewWarnings(onWarning);
  const readInventory = createInventoryReader(source);
  let hanging = false;
  let underWay: Promise<void> | null = null;
  let controller = new AbortController();
  let startedMs = Number.NEGATIVE_INFINITY;
  let kept: { reading: SlowReading; readAtMs: number } | null = null;
  let untaken: SlowReading | null = null;

  async function readSource(signal: AbortSignal): Promise<SlowReading> {
    hanging = true;
    try {
      const reading = await source.readSlow(signal);
      await readInventory.refresh(signal);
      return reading;
    } finally {
      hanging = false;
    }
  }

  async function attempt(): Promise<void> {
    controller = new AbortController();
    const { signal } = controller;
    startedMs = clock.monotonic();
    try {
      const reading = await within(readSource(signal), timeoutMs, signal);
      if (signal.aborted) return;
      if (reading === 'late')
        return streak.failed(`Filesystems and processes could not be read within ${timeoutMs / 1000} s.`);
      kept = { reading, readAtMs: startedMs };
      untaken = reading;
      streak.succeeded();
      reportNew(reading.warnings);
    } catch (error) {
      streak.failed('Filesystems and processes could not be read.', error);
    } finally {
      controller.abort();
    }
  }

  async function read(): Promise<void> {
    if (underWay === null && hanging) return;
    underWay ??= attempt().finally(() => {
      underWay = null;
    });
    await underWay;
  }

  return {
    read,
    readIfDue() {
      if (clock.monotonic() - startedMs >= intervalMs * (1 - slack)) void read();
    },
    latest: (maxAgeMs) => (kept !== null && clock.monotonic() - kept.readAtMs <= maxAgeMs ? kept.reading : null),
    take() {
      const reading = untaken;
      untaken = null;
      return reading;
    },
    inventory: readInventory.latest,
    abort: () => controller.abort(),
  };
}

function createInventoryReader(source: MetricSource) {
  let latest: HostInventory | null = null;
  let reads = 0;
  return {
    latest: () => latest,
    async refresh(signal: AbortSignal): Promise<void> {
      if (latest === null || reads % readsPerInventory === 0) latest = await source.inventory(signal);
      reads += 1;
    },
  };
}

/** Reports the warnings that the reading before did not have. */
function createNewWarnings(onWarning: OnWarning): (warnings: readonly string[]) => void {
  let last: ReadonlySet<string> = new Set();
  return (warnings) => {
    for (const warning of warnings) if (!last.has(warning)) onWarning(warning);
    last = new Set(warnings);
  };
}
