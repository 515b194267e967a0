import { toOpenManagerError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import type { MetricStore } from '../metric-store.ts';
import type { RecentWindow } from '../recent-window.ts';
import { readEarlierDays } from './earlier-days.ts';
import type { Episode, Group } from './episode.ts';
import type { HypothesisKind } from './hypothesis.ts';
import { patterns } from './patterns/index.ts';
import type { Candidate, Situation } from './situation.ts';

/** Looks for what the groups of a host's anomalies may mean. */
export interface Suspicions {
  /** Takes an anomaly that has begun. */
  add(episode: Episode): void;
  /** Looks at the groups of the last hour, if it has not for half a minute, and returns at once. */
  look(nowMs: number): void;
  /** Resolves when nothing is being looked into. */
  idle(): Promise<void>;
}

export interface SuspicionsParts {
  readonly host: string;
  readonly recent: Pick<RecentWindow, 'read' | 'last'>;
  readonly store: Pick<MetricStore, 'series' | 'readBuckets'>;
  readonly log: Logger;
}

const lookEveryMs = 30_000;
const lookedAtMs = 3_600_000;
/** The latest ones of more. */
const maxEpisodes = 500;

/** @param onFound called with a group of which something new is suspected. */
export function createSuspicions(parts: SuspicionsParts, onFound: (group: Group) => void): Suspicions {
  const { host, recent, store, log } = parts;
  /** What was looked into, whatever came of it. */
  const settled = new WeakMap<Group, Set<HypothesisKind>>();
  const episodes = new Set<Episode>();
  let looking: Promise<void> | undefined;
  let lookedMs = Number.NEGATIVE_INFINITY;

  function situationOf(anomalies: readonly Episode[], nowMs: number): Situation {
    return {
      nowMs,
      anomalies,
      last: (series) => recent.last(host, series),
      samples: (series, fromMs) => recent.read(host, series, { fromMs, toMs: nowMs + 1 }),
    };
  }

  async function settle(group: Group, { hypothesis, subject, isUsual }: Candidate, nowMs: number): Promise<void> {
    const days = await readEarlierDays(store, host, subject, nowMs);
    settled.set(group, (settled.get(group) ?? new Set()).add(hypothesis.kind));
    if (isUsual(days)) return;
    group.hypotheses = [...group.hypotheses, hypothesis];
    log.info('anomalies look like something', { host, ...hypothesis });
    onFound(group);
  }

  function isSettled(group: Group, kind: HypothesisKind): boolean {
    return settled.get(group)?.has(kind) === true || group.hypotheses.some((known) => known.kind === kind);
  }

  async function lookAt(group: Group, anomalies: readonly Episode[], nowMs: number): Promise<void> {
    const situation = situationOf(anomalies, nowMs);
    for (const candidate of patterns.flatMap((find) => find(situation) ?? [])) {
      if (isSettled(group, candidate.hypothesis.kind)) continue;
      await settle(group, candidate, nowMs).catch((error: unknown) =>
        log.debug('earlier days cannot be read', { error: toOpenManagerError(error) }),
      );
    }
  }

  async function lookAtAll(nowMs: number): Promise<void> {
    for (const episode of episodes) if (nowMs - episode.startMs >= lookedAtMs) episodes.delete(episode);
    for (const [group, anomalies] of Map.groupBy(episodes, (one) => one.group)) await lookAt(group, anomalies, nowMs);
  }

  return {
    add(episode) {
      episodes.add(episode);
      const [oldest] = episodes;
      if (oldest !== undefined && episodes.size > maxEpisodes) episodes.delete(oldest);
    },
    look(nowMs) {
      if (looking !== undefined || Math.abs(nowMs - lookedMs) < lookEveryMs) return;
      lookedMs = nowMs;
      looking = lookAtAll(nowMs).finally(() => {
        looking = undefined;
      });
    },
    idle: async () => looking,
  };
}
