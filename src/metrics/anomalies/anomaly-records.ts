import type { Clock } from '../../core/clock.ts';
import { toOpenManagerError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import type { Database } from '../../storage/database.ts';
import type { Events } from '../../storage/events.ts';
import { hostIdOf } from '../layout-store.ts';
import { endOthers, saveEpisode, saveHypotheses } from './anomaly-store.ts';
import type { Episode, Group } from './episode.ts';
import type { EpisodeChange } from './tracker.ts';

/** Stores the anomalies of one host, as the one process that does, and tells the others. */
export interface AnomalyRecords {
  /** Notes a change; it is stored with the next call of `store`, or soon when an anomaly only became worse. */
  note(episode: Episode, change: EpisodeChange): void;
  /** Notes what a group may mean. */
  noteHypotheses(group: Group): void;
  /** Notes that none lasts but these: what another process left open has ended with its last odd sample. */
  endOthers(open: readonly Episode[]): void;
  /**
   * Stores what is due; what fails is tried again by the next call.
   * @param all also what could wait.
   * @returns whether nothing waits any more of what was noted before.
   */
  store(all?: boolean): Promise<boolean>;
}

export interface AnomalyRecordsParts {
  readonly host: string;
  readonly database: () => Promise<Database>;
  readonly events: Pick<Events, 'publish'>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** An anomaly that becomes worse with each sample is not stored with each. */
const worseEveryMs = 30_000;
/** In memory while the database fails; beyond it the oldest go. */
const maxWaiting = 1_000;
const storedAtOnce = 100;

export function createAnomalyRecords(parts: AnomalyRecordsParts): AnomalyRecords {
  const { clock, log } = parts;
  /** Whether others hear of it. */
  const waiting = new Map<Episode, boolean>();
  const suspected = new Set<Group>();
  let onlyOpen: readonly Episode[] | undefined;
  let isUrgent = false;
  let storedMs = Number.NEGATIVE_INFINITY;
  let storing: Promise<boolean> | undefined;
  let failing = false;

  async function storeAll(): Promise<void> {
    isUrgent = false;
    storedMs = clock.monotonic();
    while (hasAny()) {
      const batch = { episodes: [...waiting].slice(0, storedAtOnce), groups: [...suspected], onlyOpen };
      for (const [episode] of batch.episodes) waiting.delete(episode);
      suspected.clear();
      onlyOpen = undefined;
      try {
        await storeBatch(parts, batch);
      } catch (error) {
        putBack(batch);
        throw error;
      }
    }
    if (failing) log.info('anomalies are stored again');
    failing = false;
  }

  function putBack({ episodes, groups, ...batch }: Batch): void {
    const newer = [...waiting];
    waiting.clear();
    for (const [episode, told] of [...episodes, ...newer])
      waiting.set(episode, told || (waiting.get(episode) ?? false));
    for (const group of groups) suspected.add(group);
    onlyOpen ??= batch.onlyOpen;
    limit();
  }

  function limit(): void {
    for (const episode of waiting.keys()) {
      if (waiting.size <= maxWaiting) return;
      waiting.delete(episode);
    }
  }

  async function attempt(): Promise<boolean> {
    try {
      await storeAll();
      return true;
    } catch (thrown) {
      isUrgent = true;
      const error = toOpenManagerError(thrown);
      // Another process took over and finds the same by itself.
      if (error.code === 'conflict') forget();
      else if (!failing) log.warn('anomalies cannot be stored and wait in memory', { error });
      failing = error.code !== 'conflict';
      return false;
    }
  }

  function forget(): void {
    waiting.clear();
    suspected.clear();
    onlyOpen = undefined;
  }

  function hasAny(): boolean {
    return waiting.size > 0 || suspected.size > 0 || onlyOpen !== undefined;
  }

  function isDue(all: boolean): boolean {
    if (!hasAny()) return false;
    return all || isUrgent || clock.monotonic() - storedMs >= worseEveryMs;
  }

  return {
    note(episode, change) {
      isUrgent ||= change !== 'worse';
      waiting.set(episode, change !== 'worse' || (waiting.get(episode) ?? false));
      limit();
    },
    noteHypotheses(group) {
      isUrgent = true;
      suspected.add(group);
    },
    endOthers(open) {
      isUrgent = true;
      onlyOpen = open;
    },
    async store(all = false) {
      // What is being stored now is of before.
      if (all) await storing;
      if (!isDue(all)) return !hasAny();
      storing ??= attempt().finally(() => {
        storing = undefined;
      });
      return storing;
    },
  };
}

interface Batch {
  readonly episodes: readonly (readonly [episode: Episode, told: boolean])[];
  readonly groups: readonly Group[];
  readonly onlyOpen: readonly Episode[] | undefined;
}

async function storeBatch({ host, database, events }: AnomalyRecordsParts, batch: Batch): Promise<void> {
  const ids = new Map<Group, number>();
  const owner = (await database()).ownership(`collect:${host}`);
  await owner.transaction(async (transaction) => {
    const hostId = await hostIdOf(transaction, host);
    for (const [episode] of batch.episodes) {
      const { group } = episode;
      ids.set(group, await saveEpisode(transaction, hostId, episode, ids.get(group) ?? group.id));
    }
    for (const group of batch.groups) {
      const id = ids.get(group) ?? group.id;
      if (id !== undefined) await saveHypotheses(transaction, id, group.hypotheses);
    }
    const ended = batch.onlyOpen === undefined ? 0 : await endOthers(transaction, hostId, batch.onlyOpen);
    const isNews = ended > 0 || batch.groups.length > 0 || batch.episodes.some(([, told]) => told);
    if (isNews) await events.publish('anomaly', { host }, transaction);
  });
  // Not before it is committed.
  for (const [group, id] of ids) group.id ??= id;
}
