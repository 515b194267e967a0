import type { Episode, Group } from './episode.ts';
import type { HostDetection } from './host-detection.ts';
import type { EpisodeState, GroupState, SeriesState, StatePiece } from './state-codec.ts';
import type { Turns } from './turns.ts';
import type { WatchedSeries } from './watched-series.ts';

/** All that is known of a host after the reading at `timeMs`. */
export interface Snapshot {
  readonly timeMs: number;
  readonly pieces: readonly StatePiece[];
}

/** Some 500 KB before they are compressed. */
const seriesOfPiece = 256;
/** A copy of a state takes as long as some scored values. */
const valuesOfCopy = 4;

/** Copies the states, in turns: nothing may be scored until it is done. */
export async function takeSnapshot({ slab, scorer, tracker }: HostDetection, turns: Turns): Promise<Snapshot> {
  scorer.forgetSilent();
  const states: SeriesState[] = [];
  for (const { descriptor, slot, seenMs, stepMs, episode } of [...scorer.series()]) {
    while (turns.take(valuesOfCopy) === 0) await turns.next();
    states.push({ descriptor, seenMs, stepMs, episode: episode && stateOf(episode), detector: slab.snapshot(slot) });
  }
  const groups = groupsOf(tracker.open(), tracker.group()).map(({ id, ...group }) => ({ ...group }));
  const pieces: StatePiece[] = [];
  for (let at = 0; at < states.length; at += seriesOfPiece)
    pieces.push({ groups, series: states.slice(at, at + seriesOfPiece) });
  return { timeMs: scorer.timeMs, pieces };
}

/**
 * Adds the states of a piece to what is known.
 * @throws `invalid_argument` when a state is none of this version's; nothing was added then.
 */
export function restorePiece(
  { slab, scorer, tracker }: HostDetection,
  { groups, series }: StatePiece,
  timeMs: number,
): void {
  const slots: number[] = [];
  try {
    for (const { detector } of series) slots.push(slab.restore(detector));
  } catch (error) {
    for (const slot of slots) slab.remove(slot);
    throw error;
  }
  scorer.doneUntil(timeMs);
  const known = knownGroups(tracker, groups);
  for (const [i, { descriptor, seenMs, stepMs, episode }] of series.entries()) {
    const watched: WatchedSeries = {
      descriptor,
      slot: slots[i] as number,
      seenMs,
      stepMs,
      doneMs: timeMs,
      episode: null,
    };
    scorer.add(watched);
    const group = episode && known.get(episode.groupStartMs);
    if (group) tracker.resume(watched, episodeOf(descriptor, episode, group));
  }
}

/** Every piece names all groups; each is one and the same for all anomalies. */
function knownGroups(tracker: HostDetection['tracker'], groups: readonly GroupState[]): ReadonlyMap<number, Group> {
  const resumed = [...tracker.open().map(({ group }) => group), tracker.group()].flatMap((group) => group ?? []);
  const stored = groups.map((group): Group => ({ ...group, id: undefined }));
  const known = new Map([...stored, ...resumed].map((group) => [group.startMs, group]));
  const newest = groups.at(-1);
  const current = newest && known.get(newest.startMs);
  if (current) tracker.resumeGroup(current);
  return known;
}

/** The one that the next anomaly may belong to is the last. */
function groupsOf(open: readonly Episode[], current: Group | undefined): readonly Group[] {
  const others = new Set(open.map(({ group }) => group).filter((group) => group !== current));
  return current === undefined ? [...others] : [...others, current];
}

function stateOf({ stepMs, startMs, lastMs, calmMs, peak, group }: Episode): EpisodeState {
  return { stepMs, startMs, lastMs, calmMs, peak, groupStartMs: group.startMs };
}

function episodeOf(series: Episode['series'], state: EpisodeState, group: Group): Episode {
  const { stepMs, startMs, lastMs, calmMs, peak } = state;
  return { series, stepMs, startMs, lastMs, calmMs, peak, group, endMs: null };
}
