import type { Clock } from '../../core/clock.ts';
import { toOpenManagerError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import type { Database } from '../../storage/database.ts';
import type { Events } from '../../storage/events.ts';
import { within } from '../collectors/within.ts';
import type { MetricStore } from '../metric-store.ts';
import type { Reading } from '../reading.ts';
import type { RecentWindow } from '../recent-window.ts';
import { createWaiting } from '../waiting-readings.ts';
import { createAnomalyRecords } from './anomaly-records.ts';
import { beginDetection } from './begin-detection.ts';
import { createDetectorStates } from './detector-states.ts';
import type { Episode } from './episode.ts';
import { createHostDetection, type HostDetection } from './host-detection.ts';
import { createSnapshots } from './snapshots.ts';
import { createSuspicions } from './suspicions.ts';
import type { EpisodeChange } from './tracker.ts';
import type { Turns } from './turns.ts';

/** Scores this host's readings as they arrive, while this process is the one that stores them. */
export interface LiveDetection extends AsyncDisposable {
  /** Takes a reading and returns at once. */
  take(reading: Reading): void;
  /** Told with the time of the newest stored reading when this process begins to store, with undefined when it ends. */
  setOwner(newestMs: number | undefined): void;
}

export interface LiveDetectionParts {
  readonly host: string;
  readonly database: () => Promise<Database>;
  readonly store: Pick<MetricStore, 'series' | 'read' | 'readBuckets'>;
  /** Has the reading that is taken. */
  readonly recent: Pick<RecentWindow, 'read' | 'last'>;
  readonly events: Pick<Events, 'publish'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Shared by all hosts. */
  readonly turns: Turns;
}

const closeMs = 5_000;
/** Readings that come while what was stored cannot be read; then it is given up. */
const maxAttempts = 100;

/** A time in which this process stores the host's readings. */
interface Term {
  readonly newestMs: number;
  readonly ended: AbortController;
  detection: HostDetection | undefined;
  attempts: number;
}

/**
 * Who begins goes on where the last one was: with its snapshot, and with what was stored since. So what is known, and
 * what is flagged, does not depend on which process did it, nor on how it ended.
 */
export function createLiveDetection(parts: LiveDetectionParts): LiveDetection {
  const { clock, log, turns } = parts;
  /** Those that nobody has scored: also of a process that does not store, which may take over. */
  const waiting = createWaiting();
  const records = createAnomalyRecords(parts);
  const states = createDetectorStates(parts);
  const snapshots = createSnapshots({ ...parts, records, states });
  const suspicions = createSuspicions(parts, records.noteHypotheses);
  const note = (episode: Episode, change: EpisodeChange) => {
    if (change === 'started') suspicions.add(episode);
    records.note(episode, change);
  };
  let term: Term | undefined;
  let working: Promise<void> | undefined;

  /** Where readings are all in chunks, those that wait are not stored yet. */
  function endOfStored({ newestMs }: Term): number {
    if (Number.isFinite(newestMs)) return newestMs + 1;
    return waiting.first(1)[0]?.timestampMs ?? clock.now();
  }

  /** Undefined while what is stored cannot be read. */
  async function beginOrWait(mine: Term): Promise<HostDetection | undefined> {
    try {
      const toMs = Math.min(endOfStored(mine), clock.now() + 1);
      const { detection, isNew } = await beginDetection(
        { ...parts, states, note, endOthers: records.endOthers },
        toMs,
        mine.ended.signal,
      );
      detection.tracker.open().forEach(suspicions.add);
      waiting.dropUntil(toMs - 1);
      // Without any, who takes over cannot tell what was flagged from what is learned.
      snapshots.restart(isNew);
      return detection;
    } catch (thrown) {
      const error = toOpenManagerError(thrown);
      mine.attempts += 1;
      if (mine.attempts === 1 && !mine.ended.signal.aborted)
        log.warn('readings wait to be scored: what was learned cannot be read', { error });
      return mine.attempts < maxAttempts ? undefined : createHostDetection(note);
    }
  }

  async function work(): Promise<void> {
    for (let mine = term; mine !== undefined && waiting.size() > 0; mine = term) {
      mine.detection ??= await beginOrWait(mine);
      if (mine.detection === undefined) return;
      const reading = waiting.take();
      if (reading === undefined) continue;
      await mine.detection.score(reading, turns);
      await snapshots.takeIfDue(mine.detection);
      // Neither is waited for: a database that fails stops no scoring.
      suspicions.look(reading.timestampMs);
      void records.store();
    }
  }

  function workSoon(): Promise<void> {
    working ??= work().finally(() => {
      working = undefined;
      // One came after the last look.
      if (term?.detection !== undefined && waiting.size() > 0) void workSoon();
    });
    return working;
  }

  async function end(): Promise<void> {
    await workSoon();
    await suspicions.idle();
    if (term?.detection !== undefined) await snapshots.save(term.detection);
  }

  return {
    take(reading) {
      waiting.add(reading);
      void workSoon();
    },
    setOwner(newestMs) {
      term?.ended.abort();
      const ended = new AbortController();
      term = newestMs === undefined ? undefined : { newestMs, ended, detection: undefined, attempts: 0 };
      void workSoon();
    },
    async [Symbol.asyncDispose]() {
      await within(end(), closeMs);
      term?.ended.abort();
    },
  };
}
