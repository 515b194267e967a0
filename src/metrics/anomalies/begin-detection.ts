import type { AnomalyRecords } from './anomaly-records.ts';
import type { DetectorStates } from './detector-states.ts';
import { createHostDetection, type HostDetection } from './host-detection.ts';
import { type ReplayParts, replay } from './replay.ts';

export interface BeginParts extends ReplayParts {
  readonly states: DetectorStates;
  readonly note: AnomalyRecords['note'];
  readonly endOthers: AnomalyRecords['endOthers'];
}

/** What is known when a process begins. */
export interface Begun {
  readonly detection: HostDetection;
  /** Whether there was no snapshot. */
  readonly isNew: boolean;
}

/** What was stored longer ago is not learned any more. */
const replayedMs = 86_400_000;

/**
 * Goes on where the last process was: with its snapshot and what was stored since, until `toMs`, which is excluded.
 * Without a snapshot the last day is learned, and of its anomalies only those that last are told.
 * @throws OpenManagerError what the database throws; `cancelled` when `signal` aborts.
 */
export async function beginDetection(parts: BeginParts, toMs: number, signal: AbortSignal): Promise<Begun> {
  const { states, note, endOthers } = parts;
  let isToldOf = false;
  const detection = createHostDetection((episode, change) => {
    if (isToldOf) note(episode, change);
  });
  const sinceMs = await states.load(detection);
  isToldOf = sinceMs !== undefined;
  const fromMs = Math.max(0, (sinceMs ?? -1) + 1, toMs - replayedMs);
  await replay(parts, detection, { fromMs, toMs }, signal);
  isToldOf = true;
  const open = detection.tracker.open();
  if (sinceMs === undefined) for (const episode of open) note(episode, 'started');
  endOthers(open);
  return { detection, isNew: sinceMs === undefined };
}
