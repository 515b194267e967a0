import { at } from './at.ts';
import { compareDistributions, type DistributionTest } from './kolmogorov-smirnov.ts';
import { findFirstBurst, findOnset, findSpreadOnset } from './onset.ts';
import { median, sortedFinite } from './order-statistics.ts';
import { independentShare } from './ranks.ts';
import { changesOf, compareFeatures, type FeatureChange, spreadOf, type Windows } from './window-features.ts';

/** Values of the baseline with which something can be said, and expected in a window for their absence to tell. */
const MIN_BASELINE = 3;
const MIN_EXPECTED = 5;
/** A feature is told in place of a level that moved, too, when it is so many times as unusual. */
const CLEARLY = 4;
const MOVED = 2;
/** What is much of a scale of which nothing else is known. */
const LARGE_OF_SCALE = 0.25;
/** What is left of the strength of a change that is small beside the level, and of one that does not last. */
const LEAST_OF_SMALL = 0.05;
const LEAST_OF_SHORT = 0.1;
/** The share of the incident, and the values, that a change has to last for to count fully. */
const LASTING = 0.25;
const LASTING_VALUES = 3;
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
  /** The index of the step with which it began, which may be one of the baseline's last; null where nothing has begun. */
  readonly onset: number | null;
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

export interface DescribeOptions extends Amounts {
  /** Where the incident begins. */
  readonly incidentAt: number;
  /** The series on other days, as `values`. */
  readonly earlier: readonly Float64Array[];
}

/** In the unit of the values. */
interface Amounts {
  /** All of it; Infinity = there is no such. */
  readonly scale: number;
  /** What is much; 0 = a part of the scale, or anything. */
  readonly notable: number;
}

/** `values`: normalized, NaN = missing. */
export function describeChange(
  values: Float64Array,
  { incidentAt, earlier, ...amounts }: DescribeOptions,
): ChangeDescription {
  const windows = windowsOf(values, incidentAt);
  const presence = presenceChange(values, incidentAt, { ...windows, ...amounts });
  if (presence !== null) return presence;
  if (windows.baseline.length < MIN_BASELINE || windows.incident.length === 0) return unknown;
  const independent = independentShare(values.subarray(0, incidentAt));
  const worth = (part: Float64Array) => Math.max(1, independent * part.length);
  const { baseline, incident } = windows;
  const test = compareDistributions(baseline, incident, [worth(baseline), worth(incident)]);
  const otherDays = earlier.map((day) => windowsOf(day, incidentAt));
  const change = mostTelling(compareFeatures(windows, otherDays));
  const spread = spreadOf(baseline);
  const onset = change.unusual < 1 ? null : onsetOf(values, incidentAt, { ...change, spread });
  const kind = kindOf(change, { ...windows, since: values.subarray(onset ?? incidentAt).filter(Number.isFinite) });
  return {
    kind,
    before: change.before,
    during: change.during,
    shift: shiftOf(change, spread),
    test,
    unusual: change.unusual,
    strength: strengthOf(change, lasting(kind, windows), amounts),
    onset,
  };
}

function windowsOf(values: Float64Array, incidentAt: number): Windows {
  return {
    baseline: values.subarray(0, incidentAt).filter(Number.isFinite),
    incident: values.subarray(incidentAt).filter(Number.isFinite),
  };
}

/** Values only in the baseline, or only in the incident, where as many as a few were to be expected. */
function presenceChange(
  values: Float64Array,
  incidentAt: number,
  { baseline, incident, ...amounts }: Windows & Amounts,
): ChangeDescription | null {
  const length = values.length - incidentAt;
  const certain = { test: { statistic: 1, pValue: 0 }, unusual: MOST };
  // What came from nothing, or went to it.
  const strengthOfLevel = (level: number) => sizeOf({ before: 0, during: level }, amounts);
  if (incident.length === 0 && (baseline.length * length) / incidentAt >= MIN_EXPECTED) {
    const last = values.findLastIndex(Number.isFinite);
    const isOftenMissing = longestGap(values.subarray(0, last + 1)) >= length / 2;
    if (isOftenMissing) return unknown;
    const before = median(baseline);
    return { ...unknown, ...certain, kind: 'vanished', before, strength: strengthOfLevel(before), onset: last + 1 };
  }
  if (baseline.length === 0 && (incident.length * incidentAt) / length >= MIN_EXPECTED && incident.length > 1) {
    const onset = values.findIndex(Number.isFinite);
    const during = median(incident);
    return { ...unknown, ...certain, kind: 'appeared', during, strength: strengthOfLevel(during), onset };
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
  const factor = level.unusual >= MOVED ? CLEARLY : 1;
  return others.reduce((best, one) => {
    const needed = best === level ? factor * level.unusual : best.unusual;
    return one.unusual > needed ? one : best;
  }, level);
}

function kindOf(
  { name, before, during }: FeatureChange,
  { baseline, incident, since }: Windows & { readonly since: Float64Array },
): ChangeKind {
  const isUp = during > before;
  if (isFlat(incident) && incident.length > MIN_BASELINE && longestFlat(baseline) < incident.length / 2)
    return 'stopped';
  if (name === 'roughness') return isUp ? 'rougher' : 'calmer';
  const middle = (before + during) / 2;
  const isStillThere = median(since) > middle === isUp;
  if (name === 'level' || isStillThere) return isUp ? 'up' : 'down';
  const isPeak = name === 'high' || name === 'peak';
  if (isPeak) return isUp ? 'bursts' : 'down';
  return isUp ? 'up' : 'dips';
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

/** How much of what it takes to last the values, or steps, are that the baseline hardly ever has: 0..1. */
function lasting(kind: ChangeKind, { baseline, incident }: Windows): number {
  if (kind === 'calmer' || kind === 'stopped') return 1;
  if (kind === 'rougher') return lastingShare(changesOf(baseline), changesOf(incident));
  return lastingShare(baseline, incident);
}

function lastingShare(baseline: Float64Array, incident: Float64Array): number {
  const spread = spreadOf(baseline);
  const sorted = sortedFinite(baseline);
  const cut = Math.floor(sorted.length / 100);
  const low = at(sorted, cut) - spread;
  const high = at(sorted, sorted.length - 1 - cut) + spread;
  const outside = incident.filter((value) => value < low || value > high).length;
  // Of a single value nobody knows whether it is more than a blip, unless there is no other.
  const needed = Math.max(Math.min(LASTING_VALUES, incident.length), LASTING * incident.length);
  return needed > 0 ? Math.min(1, outside / needed) : 0;
}

function strengthOf(change: FeatureChange, lasts: number, amounts: Amounts): number {
  const { unusual } = change;
  if (unusual <= 1) return 0;
  const beyond = (unusual - 1) / (unusual - 1 + HALF);
  const size = LEAST_OF_SMALL + (1 - LEAST_OF_SMALL) * sizeOf(change, amounts);
  return beyond * size * (LEAST_OF_SHORT + (1 - LEAST_OF_SHORT) * lasts);
}

/** How much a change matters by its size, 0..1. */
function sizeOf({ before, during }: Pick<FeatureChange, 'before' | 'during'>, { scale, notable }: Amounts): number {
  const distance = Math.abs(during - before);
  const hasScale = scale < Number.POSITIVE_INFINITY;
  const much = notable === 0 && hasScale ? LARGE_OF_SCALE * scale : notable;
  const ofMuch = much > 0 ? Math.sqrt(Math.min(1, distance / much)) : 1;
  // Of a share ten hundredths more are as much at any level; of what has no scale its own level tells, too.
  return hasScale ? ofMuch : ofMuch * Math.min(1, distance / Math.max(Math.abs(before), Math.abs(during)));
}

interface Began extends Pick<FeatureChange, 'name' | 'before' | 'during'> {
  readonly spread: number;
}

function onsetOf(values: Float64Array, incidentAt: number, { name, ...change }: Began): number {
  const indices = Int32Array.from(values.keys()).filter((i) => Number.isFinite(at(values, i)));
  const known = values.filter(Number.isFinite);
  const first = indices.findIndex((i) => i >= incidentAt);
  const find = name === 'level' ? findOnset : name === 'roughness' ? findSpreadOnset : findFirstBurst;
  return indices[find(known, first, change)] ?? incidentAt;
}
