import { at } from './at.ts';
import { compareDistributions, type DistributionTest } from './kolmogorov-smirnov.ts';
import { findOnset, findSpreadOnset } from './onset.ts';
import { sortedFinite } from './order-statistics.ts';
import { independentShare } from './ranks.ts';
import { compareFeatures, type FeatureChange, spreadOf } from './window-features.ts';

/** Values of the baseline with which something can be said, and expected in a window for their absence to tell. */
const MIN_BASELINE = 3;
const MIN_EXPECTED = 5;
/** A feature is told in place of the level when it is so many times as unusual. */
const CLEARLY = 2;
/** A change of so much of the scale matters fully. */
const LARGE_OF_SCALE = 0.25;
/** What is left of the strength of a change that is small beside the level, and of one that does not last. */
const LEAST_OF_SMALL = 0.2;
const LEAST_OF_SHORT = 0.3;
/** The share of the incident that a change has to last for to count fully. */
const LASTING = 0.25;
/** How unusual a change is at half of its strength, beyond the most that the baseline ever did. */
const HALF = 3;
const MOST = 1000;

/**
 * What happened: the level moved; it did now and then; the steps became larger or smaller; the series stopped moving; it
 * has values only in one of the windows.
 */
export type ChangeKind = 'up' | 'down' | 'bursts' | 'dips' | 'rougher' | 'calmer' | 'stopped' | 'appeared' | 'vanished';

export interface ChangeDescription {
  /** Null where nothing can be said, as of a series without values. */
  readonly kind: ChangeKind | null;
  /**
   * What the kind is about in both windows, in the unit of the values: a level, a peak, or a mean distance from step to step.
   * NaN where there is none.
   */
  readonly before: number;
  readonly during: number;
  /** Their difference in robust standard deviations of the baseline, at most 1,000. */
  readonly shift: number;
  /** The distributions of the values in both windows, p for as many independent values as they are worth. */
  readonly test: DistributionTest;
  /** How far this is from what parts of the baseline as long ever did: 1 = just beyond, at most 1,000. */
  readonly unusual: number;
  /** 0..1: how unusual it is, how large beside the level and the scale, and how lasting. */
  readonly strength: number;
  /** The index of the step with which it began, which may be one of the baseline's last; null where nothing can be said. */
  readonly onset: number | null;
}

interface Windows {
  /** Finite values of each. */
  readonly baseline: Float64Array;
  readonly incident: Float64Array;
}

const unknown: ChangeDescription = {
  kind: null,
  before: Number.NaN,
  during: Number.NaN,
  shift: 0,
  test: { statistic: 0, pValue: 1 },
  unusual: 0,
  strength: 0,
  onset: null,
};

/** `values`: normalized, NaN = missing; the incident is from `incidentAt` on. `scale`: in their unit, Infinity = none. */
export function describeChange(
  values: Float64Array,
  { incidentAt, scale }: { incidentAt: number; scale: number },
): ChangeDescription {
  const [before, during] = [values.subarray(0, incidentAt), values.subarray(incidentAt)];
  const windows = { baseline: before.filter(Number.isFinite), incident: during.filter(Number.isFinite) };
  const presence = presenceChange(values, incidentAt, windows);
  if (presence !== null) return presence;
  if (windows.baseline.length < MIN_BASELINE || windows.incident.length === 0) return unknown;
  const independent = independentShare(before);
  const worth = (part: Float64Array) => Math.max(1, independent * part.length);
  const { baseline, incident } = windows;
  const test = compareDistributions(baseline, incident, [worth(baseline), worth(incident)]);
  const change = mostTelling(compareFeatures(baseline, incident));
  const kind = kindOf(change, windows);
  const spread = spreadOf(baseline);
  return {
    kind,
    before: change.before,
    during: change.during,
    shift: shiftOf(change, spread),
    test,
    unusual: change.unusual,
    strength: strengthOf(change, { lasting: lastingShare(kind, windows, spread), scale }),
    onset: onsetOf(values, incidentAt, { ...change, kind, spread }),
  };
}

/** Values only in the baseline, or only in the incident, where as many as a few were to be expected. */
function presenceChange(values: Float64Array, incidentAt: number, windows: Windows): ChangeDescription | null {
  const { baseline, incident } = windows;
  const length = values.length - incidentAt;
  const certain = { shift: 0, test: { statistic: 1, pValue: 0 }, unusual: MOST, strength: 1 };
  if (incident.length === 0 && (baseline.length * length) / incidentAt >= MIN_EXPECTED) {
    const last = values.findLastIndex(Number.isFinite);
    const isOftenMissing = longestGap(values.subarray(0, last + 1)) >= length / 2;
    if (isOftenMissing) return unknown;
    return { ...unknown, ...certain, kind: 'vanished', before: at(baseline, baseline.length >> 1), onset: last + 1 };
  }
  if (baseline.length === 0 && (incident.length * incidentAt) / length >= MIN_EXPECTED && incident.length > 1) {
    const onset = values.findIndex(Number.isFinite);
    return { ...unknown, ...certain, kind: 'appeared', during: at(incident, incident.length >> 1), onset };
  }
  return null;
}

/** Steps without a value between two that have one, or before the first. */
function longestGap(values: Float64Array): number {
  let [longest, gap] = [0, 0];
  for (const value of values) {
    gap = Number.isFinite(value) ? 0 : gap + 1;
    longest = Math.max(longest, gap);
  }
  return longest;
}

/** The level unless another one is clearly more unusual, as a level that moves takes the others with it. */
function mostTelling(changes: readonly FeatureChange[]): FeatureChange {
  const [level, ...others] = changes as readonly [FeatureChange, ...FeatureChange[]];
  const factor = level.unusual >= 1 ? CLEARLY : 1;
  return others.reduce((best, one) => {
    const needed = best === level ? factor * level.unusual : best.unusual;
    return one.unusual > needed ? one : best;
  }, level);
}

function kindOf({ name, before, during }: FeatureChange, { baseline, incident }: Windows): ChangeKind {
  const isUp = during > before;
  if (isFlat(incident) && incident.length > MIN_BASELINE && longestFlat(baseline) < incident.length / 2)
    return 'stopped';
  if (name === 'roughness') return isUp ? 'rougher' : 'calmer';
  if (name === 'level') return isUp ? 'up' : 'down';
  if (name === 'low' || name === 'trough') return isUp ? 'up' : 'dips';
  return isUp ? 'bursts' : 'down';
}

function isFlat(values: Float64Array): boolean {
  return values.every((value) => value === at(values, 0));
}

function longestFlat(values: Float64Array): number {
  let [longest, run] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    run = i > 0 && at(values, i) === at(values, i - 1) ? run + 1 : 1;
    longest = Math.max(longest, run);
  }
  return longest;
}

function shiftOf({ before, during }: FeatureChange, spread: number): number {
  const shift = during === before ? 0 : (during - before) / spread;
  return Math.max(-MOST, Math.min(MOST, shift));
}

/** The share of the incident's values outside of all but a hundredth of the baseline's, by a spread. */
function lastingShare(kind: ChangeKind, { baseline, incident }: Windows, spread: number): number {
  if (kind === 'rougher' || kind === 'calmer' || kind === 'stopped') return 1;
  const sorted = sortedFinite(baseline);
  const cut = Math.floor(sorted.length / 100);
  const low = at(sorted, cut) - spread;
  const high = at(sorted, sorted.length - 1 - cut) + spread;
  return incident.filter((value) => value < low || value > high).length / incident.length;
}

function strengthOf(
  { before, during, unusual }: FeatureChange,
  { lasting, scale }: { lasting: number; scale: number },
): number {
  if (unusual <= 1) return 0;
  const distance = Math.abs(during - before);
  // Of a share ten hundredths more are as much at any level; of what has no scale only its own level tells what is much.
  const size =
    scale === Number.POSITIVE_INFINITY
      ? Math.min(1, distance / Math.max(Math.abs(before), Math.abs(during)))
      : Math.sqrt(Math.min(1, distance / (LARGE_OF_SCALE * scale)));
  const beyond = (unusual - 1) / (unusual - 1 + HALF);
  const isLong = LEAST_OF_SHORT + (1 - LEAST_OF_SHORT) * Math.min(1, lasting / LASTING);
  return beyond * (LEAST_OF_SMALL + (1 - LEAST_OF_SMALL) * size) * isLong;
}

interface Began {
  readonly kind: ChangeKind;
  readonly before: number;
  readonly during: number;
  readonly spread: number;
}

function onsetOf(values: Float64Array, incidentAt: number, { kind, ...change }: Began): number {
  const indices = Int32Array.from(values.keys()).filter((i) => Number.isFinite(at(values, i)));
  const known = values.filter(Number.isFinite);
  const first = indices.findIndex((i) => i >= incidentAt);
  const isSpread = kind === 'rougher' || kind === 'calmer';
  const onset = isSpread ? findSpreadOnset(known, first) : findOnset(known, first, change);
  return indices[onset] ?? incidentAt;
}
