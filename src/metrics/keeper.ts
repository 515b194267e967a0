import type { Clock } from '../core/clock.ts';
import { toOpenManagerError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import type { Database } from '../storage/database.ts';
import { within } from './collectors/within.ts';
import type { MetricStore } from './metric-store.ts';
import type { Reading } from './reading.ts';
import { createWaiting } from './waiting-readings.ts';

/** Stores this host's readings while this process is the one that does. */
export interface Keeper extends AsyncDisposable {
  /** Takes a reading and returns at once; it is stored as soon as the database can be written. */
  keep(reading: Reading): void;
  /** Stores what this process has of a time of which the one that stores has nothing. */
  fill(gap: Gap): void;
}

/** A time without readings, ends excluded. */
export interface Gap {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface KeeperParts {
  readonly host: string;
  readonly database: () => Promise<Database>;
  readonly store: MetricStore;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called after readings were stored; `newestMs` is the time of the host's newest one when this process began to. */
  readonly onStored: (newestMs: number) => void;
  /** Called with the same time when this process begins to store, and with undefined when it no longer does. */
  readonly onOwner: (newestMs: number | undefined) => void;
  /** Milliseconds between two readings. */
  readonly intervalMs: number;
  /** Called when this process stores and has been suspended meanwhile: others may have readings of that time. */
  readonly onGap: (gap: Gap) => Promise<void>;
}

const storedAtOnce = 100;
/** Between two readings: when it is more, some are missing. */
const gapIntervals = 3;
const closeMs = 5_000;

/**
 * Readings that cannot be stored wait; the oldest go when there are more than 720 or 32 MiB of them. So do those of a
 * process that does not own: when it takes over it stores what the former owner no longer could.
 */
export function createKeeper(parts: KeeperParts): Keeper {
  const { host, database, store, clock, log, onStored, onOwner, intervalMs, onGap } = parts;
  const waiting = createWaiting();
  let storing: Promise<void> | undefined;
  /** The newest reading in the database when this process became the owner; undefined while it is not. */
  let newestMs: number | undefined;
  let failing = false;
  let keptMs = Number.POSITIVE_INFINITY;
  let gap: Gap | undefined;
  const gapsToFill: Gap[] = [];

  function setOwned<T extends number | undefined>(sinceMs: T): T {
    if (newestMs !== sinceMs) onOwner(sinceMs);
    newestMs = sinceMs;
    return sinceMs;
  }

  async function storeWaiting(): Promise<void> {
    await fillGaps();
    const owner = (await database()).ownership(`collect:${host}`);
    if (!(await owner.tryAcquire())) {
      setOwned(undefined);
      failing = false;
      return;
    }
    if (newestMs === undefined) {
      newestMs = setOwned(await store.newestCollected(host));
      // A newest reading in the future is one of a clock that was wrong, and tells nothing.
      if (newestMs <= clock.now()) waiting.dropUntil(newestMs);
    }
    for (let group = waiting.first(storedAtOnce); group.length > 0; group = waiting.first(storedAtOnce)) {
      await store.append(group, owner);
      waiting.remove(group);
    }
    recovered();
    onStored(newestMs);
    if (gap !== undefined) await onGap(gap);
    gap = undefined;
  }

  /** Also where this process does not own. */
  async function fillGaps(): Promise<void> {
    for (let missing = gapsToFill[0]; missing !== undefined; missing = gapsToFill[0]) {
      await store.fill(waiting.between(missing), intervalMs / 2);
      gapsToFill.shift();
    }
  }

  function recovered(): void {
    if (failing) log.info('readings are stored again', { lost: waiting.takeLost() });
    else waiting.takeLost();
    failing = false;
  }

  async function attempt(): Promise<void> {
    try {
      await storeWaiting();
    } catch (thrown) {
      const error = toOpenManagerError(thrown);
      // Another process took over while this one was cut off.
      if (error.code === 'conflict') setOwned(undefined);
      if (!failing) log.warn('readings cannot be stored and wait in memory', { error });
      failing = true;
    }
  }

  function storeSoon(): Promise<void> {
    storing ??= attempt().finally(() => {
      storing = undefined;
    });
    return storing;
  }

  async function storeRest(): Promise<void> {
    await storing;
    if (newestMs !== undefined && waiting.size() > 0) await storeSoon();
  }

  return {
    keep(reading) {
      waiting.add(reading);
      const { timestampMs } = reading;
      // Whoever does not store has nothing that others lack.
      if (newestMs !== undefined && timestampMs - keptMs > gapIntervals * intervalMs)
        gap = { fromMs: keptMs, toMs: timestampMs };
      keptMs = timestampMs;
      void storeSoon();
    },
    fill(missing) {
      gapsToFill.push(missing);
      void storeSoon();
    },
    async [Symbol.asyncDispose]() {
      await within(storeRest(), closeMs);
      if ((failing || newestMs !== undefined) && waiting.size() > 0)
        log.warn('the last readings were not stored', { count: waiting.size() });
    },
  };
}
