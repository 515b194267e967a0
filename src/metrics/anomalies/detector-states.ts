import { toOpenManagerError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import type { Database } from '../../storage/database.ts';
import { hostIdOf } from '../layout-store.ts';
import { findGroupId } from './anomaly-store.ts';
import { readStates, type StoredState, saveStates } from './detector-state-store.ts';
import type { HostDetection } from './host-detection.ts';
import { restorePiece, type Snapshot } from './snapshot.ts';
import { decodePiece, encodePiece, stateFormat } from './state-codec.ts';

/** Keeps what the detectors of a host have learned in the database. */
export interface DetectorStates {
  /**
   * Adds what was stored last; what cannot be read is left out, with a warning.
   * @returns the time since which everything has to be scored; undefined when nothing was stored.
   * @throws OpenManagerError what the database throws.
   */
  load(detection: HostDetection): Promise<number | undefined>;
  /** Stores a snapshot if this process stores the host's readings; a failure is logged. */
  save(snapshot: Snapshot): Promise<void>;
}

export interface DetectorStatesParts {
  readonly host: string;
  readonly database: () => Promise<Database>;
  readonly log: Logger;
}

export function createDetectorStates({ host, database, log }: DetectorStatesParts): DetectorStates {
  let failing = false;

  async function store({ timeMs, pieces }: Snapshot): Promise<void> {
    const states: StoredState[] = [];
    for (const piece of pieces) states.push({ format: stateFormat, timeMs, data: await encodePiece(piece) });
    const owner = (await database()).ownership(`collect:${host}`);
    await owner.transaction(async (transaction) => saveStates(transaction, await hostIdOf(transaction, host), states));
  }

  return {
    async load(detection) {
      const stored = await readStates((await database()).db, host);
      const times: number[] = [];
      const failures: string[] = [];
      for (const state of stored) {
        try {
          restorePiece(detection, await pieceOf(state), state.timeMs);
          times.push(state.timeMs);
        } catch (error) {
          failures.push(toOpenManagerError(error).message);
        }
      }
      if (failures.length > 0)
        log.warn('what some detectors had learned cannot be read; they learn anew', {
          host,
          pieces: failures.length,
          of: stored.length,
          why: failures[0],
        });
      await findGroups((await database()).db, host, detection);
      return times.length === 0 ? undefined : Math.min(...times);
    },
    async save(snapshot) {
      try {
        await store(snapshot);
        failing = false;
      } catch (thrown) {
        const error = toOpenManagerError(thrown);
        // Another process took over.
        if (error.code === 'conflict') return;
        if (!failing) log.warn('what the detectors have learned cannot be stored; it is tried again', { error });
        failing = true;
      }
    },
  };
}

/** Those of the groups of a snapshot that are stored get their ids. */
async function findGroups(db: Database['db'], host: string, { tracker }: HostDetection): Promise<void> {
  const groups = new Set([...tracker.open().map(({ group }) => group), tracker.group()]);
  for (const group of groups) if (group !== undefined) group.id = await findGroupId(db, host, group.startMs);
}

async function pieceOf({ format, data }: StoredState) {
  if (format === stateFormat) return decodePiece(data);
  throw new Error(`format ${format}`);
}
