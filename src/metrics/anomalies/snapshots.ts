import type { Clock } from '../../core/clock.ts';
import type { AnomalyRecords } from './anomaly-records.ts';
import type { DetectorStates } from './detector-states.ts';
import type { HostDetection } from './host-detection.ts';
import { takeSnapshot } from './snapshot.ts';
import type { Turns } from './turns.ts';

/** Stores what is known of a host now and then. */
export interface Snapshots {
  /** Begins anew: the first one is due at once, or after five minutes. */
  restart(isDue: boolean): void;
  /** Takes a snapshot if one is due; resolves when it is taken, before it is stored. */
  takeIfDue(detection: HostDetection): Promise<void>;
  /** Takes one; resolves when it is stored, or could not be. */
  save(detection: HostDetection): Promise<void>;
}

export interface SnapshotsParts {
  readonly records: Pick<AnomalyRecords, 'store'>;
  readonly states: Pick<DetectorStates, 'save'>;
  readonly clock: Clock;
  readonly turns: Turns;
}

const everyMs = 300_000;

export function createSnapshots({ records, states, clock, turns }: SnapshotsParts): Snapshots {
  let takenMs = Number.NEGATIVE_INFINITY;
  let saving: Promise<void> | undefined;

  async function take(detection: HostDetection): Promise<void> {
    takenMs = clock.monotonic();
    const snapshot = await takeSnapshot(detection, turns);
    // Anomalies first: what was flagged before a snapshot is not flagged again by who goes on with it.
    saving = records
      .store(true)
      .then((isStored) => (isStored ? states.save(snapshot) : undefined))
      .finally(() => {
        saving = undefined;
      });
  }

  return {
    restart(isDue) {
      takenMs = isDue ? Number.NEGATIVE_INFINITY : clock.monotonic();
    },
    async takeIfDue(detection) {
      if (saving === undefined && clock.monotonic() - takenMs >= everyMs) await take(detection);
    },
    async save(detection) {
      await saving;
      await take(detection);
      await saving;
    },
  };
}
