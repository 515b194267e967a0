import type { WindowChange } from './compare-windows.ts';
import { requireKnown, requireText, requireWhole } from './validate.ts';

/** Times as far as the baseline ever went, from which on a change counts if its test says so too, and whatever it says. */
const UNUSUAL = 2;
const VERY_UNUSUAL = 4;
/** The share of changes that may be none among those that the test lets count. */
const FALSE_SHARE = 0.05;
/** What correlates less than this with the named series did not move with it. */
const LEAST_CORRELATION = 0.3;
/** What begins `LATE` of the incident after the first candidate, or more, counts so much less. */
const LATE = 0.35;
const LOSS_OF_LATE = 0.6;
/** The first that counts has this share of the highest score. */
const STRONG = 0.5;
/** The strongest members of a group, by a share of the first one's score, tell when it began. */
const TELLING = 0.7;
/** A change that is weaker is not worth a look. */
const LEAST_SCORE = 0.1;
const DEFAULT_RESOLUTION = 2;
const MAX_STEPS = 200_000;

/** A series of a host, and how it was in the incident. */
export interface ChangedSeries {
  readonly id: string;
  /** What it is a part of, as the processor: what changed in one group is one candidate. */
  readonly group: string;
  readonly change: WindowChange;
}

export interface RankOptions {
  /** The id of the series that was odd, which the others were compared with as `reference`; it is none of the candidates. */
  readonly metric?: string | undefined;
  /** How many steps the incident has, a whole number from 1 on. */
  readonly steps: number;
  /** Steps between two onsets up to which neither is called the earlier one, a whole number from 0 on; 2 when left out. */
  readonly resolution?: number | undefined;
}

const OPTIONS = ['metric', 'steps', 'resolution'] as const satisfies readonly (keyof RankOptions)[];

/** What a series that changed as it does not by itself is told with. */
export interface RankedSeries {
  /** Of the test, for as many as were compared (Benjamini & Hochberg 1995). */
  readonly pValue: number;
  /** 0..1: the strength of the change, times the correlation with the named series where there is one. */
  readonly score: number;
}

/** What may have caused the incident, or come of it: a group with what changed in it. */
export interface Candidate<Series extends ChangedSeries = ChangedSeries> {
  readonly group: string;
  /** At least one, the strongest first. */
  readonly members: readonly (Series & RankedSeries)[];
  /** 0..1: that of the first member, less where it began later than others. */
  readonly score: number;
  /** The step with which it began, and how many steps that is after the first candidate, or after the named series. */
  readonly onset: number;
  readonly lag: number;
}

export interface Ranking<Series extends ChangedSeries = ChangedSeries> {
  /** The likeliest cause first. */
  readonly candidates: readonly Candidate<Series>[];
  /** Of how many series something can be said, and how many of those changed as they do not by themselves. */
  readonly compared: number;
  readonly changed: number;
}

/**
 * What changed in an incident, the likeliest causes first: the stronger before the weaker, and as a cause precedes its
 * effects, what begins later than the first of them, by more than the resolution, counts less. They are candidates: what happens
 * first need not be the cause, and what is not measured is not among them.
 *
 * A series counts when it went further than twice what its baseline ever did and the test of Kolmogorov and Smirnov,
 * corrected for its memory and for the number of series, agrees, or when it went four times as far. What comes and goes in
 * the baseline, too, is therefore left out. `series`: as `compareWindows` tells of each, all on the same steps. Throws
 * `invalid_argument` for an option out of range.
 */
export function rankChanges<Series extends ChangedSeries>(series: readonly Series[], o: RankOptions): Ranking<Series> {
  requireKnown(o, OPTIONS);
  requireText('metric', o.metric);
  const { metric, steps, resolution = DEFAULT_RESOLUTION } = o;
  requireWhole('steps', steps, 1, MAX_STEPS);
  requireWhole('resolution', resolution, 0, MAX_STEPS);
  const known = series.filter(({ change }) => change.kind !== null);
  const pValues = adjusted(known.map(({ change }) => change.test.pValue));
  const changed = known.flatMap((one, i): (Series & RankedSeries)[] => {
    const pValue = pValues[i] ?? 1;
    if (!isNotable(one.change, pValue)) return [];
    return [{ ...one, pValue, score: scoreOf(one.change, metric !== undefined) }];
  });
  const reference = series.find(({ id }) => id === metric);
  const candidates = [...Map.groupBy(changed, ({ group }) => group)].flatMap(([group, members]) => {
    const ranked = members
      .filter(({ id, score }) => id !== metric && score >= LEAST_SCORE)
      .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
    return ranked.length > 0 ? [candidateOf(group, ranked)] : [];
  });
  const most = Math.max(...candidates.map(({ score }) => score));
  // What hardly changed makes nothing else late.
  const first = Math.min(...candidates.filter(({ score }) => score >= STRONG * most).map(({ onset }) => onset));
  const from = reference?.change.onset ?? first;
  const late = (onset: number) => Math.min(1, Math.max(0, onset - first - resolution) / (LATE * steps));
  return {
    candidates: candidates
      .map((one) => ({ ...one, lag: one.onset - from, score: one.score * (1 - LOSS_OF_LATE * late(one.onset)) }))
      .sort((a, b) => b.score - a.score || a.onset - b.onset || (a.group < b.group ? -1 : 1)),
    compared: known.length,
    changed: changed.length,
  };
}

/** The p of each among all: the least share of false ones with which it would count (Benjamini & Hochberg 1995). */
function adjusted(pValues: readonly number[]): number[] {
  const order = [...pValues.keys()].sort((a, b) => (pValues[b] ?? 1) - (pValues[a] ?? 1));
  const result = [...pValues];
  let least = 1;
  for (const [position, i] of order.entries()) {
    const rank = pValues.length - position;
    least = Math.min(least, ((pValues[i] ?? 1) * pValues.length) / rank);
    result[i] = least;
  }
  return result;
}

function isNotable({ unusual }: WindowChange, pValue: number): boolean {
  return unusual >= VERY_UNUSUAL || (unusual >= UNUSUAL && pValue <= FALSE_SHARE);
}

function scoreOf({ strength, together }: WindowChange, isReferred: boolean): number {
  if (!isReferred) return strength;
  const size = Math.abs(together?.correlation ?? 0);
  return size < LEAST_CORRELATION ? 0 : strength * size;
}

function candidateOf<Series extends ChangedSeries>(
  group: string,
  members: readonly (Series & RankedSeries)[],
): Omit<Candidate<Series>, 'lag'> {
  const score = members[0]?.score ?? 0;
  const telling = members.filter((one) => one.score >= TELLING * score);
  return { group, members, score, onset: Math.min(...telling.map(({ change }) => change.onset ?? 0)) };
}
