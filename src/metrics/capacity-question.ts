import type { ThresholdOptions } from '../analytics/index.ts';
import { withoutSteps } from '../analytics/without-steps.ts';
import { OpenManagerError } from '../core/errors.ts';
import { statistics } from '../core/statistics.ts';
import { safeName } from '../core/text.ts';
import type { ResourceHistory } from './capacity-history.ts';
import { type CapacityResource, isOwnLimit } from './capacity-resources.ts';
import { hourMs } from './chunk-key.ts';
import { excludedSteps } from './excluded-times.ts';
import type { TimeWindow } from './metrics.ts';
import { shownUnit } from './shown-unit.ts';
import { unitBounds } from './unit-bounds.ts';

/** On which side of the threshold it is reached: `below` for what is free of something. */
export type Direction = 'above' | 'below';

/** What the caller asks of each resource. */
export interface Asked {
  /** In the metric's unit, or in percent of a share; 90 % when left out, 10 % of what falls. */
  readonly threshold?: number | undefined;
  /** By the metric's name, or by where it is, when left out. */
  readonly direction?: Direction | undefined;
  readonly horizonMs: number;
  /** Times that are left out of the history. */
  readonly exclude?: readonly TimeWindow[] | undefined;
}

export interface CapacityQuestion {
  readonly options: ThresholdOptions & { readonly direction: Direction };
  /** The unit to show values in: '' where unit `1` stands for a plain number, as of a queue's length. */
  readonly shownUnit: string;
  /** The threshold lies beyond what there can be of it: a share of a thing is at most the thing. */
  readonly isImpossible: boolean;
}

const maxHorizonSteps = 10_000;
const dayMs = 24 * hourMs;
const usualThreshold = 0.9;

/** @throws OpenManagerError `invalid_argument` when what is no share has no threshold. */
export function questionFor(
  { resource, values, startMs, stepMs }: Pick<ResourceHistory, 'resource' | 'values' | 'startMs' | 'stepMs'>,
  { threshold, direction, horizonMs, exclude = [] }: Asked,
): CapacityQuestion {
  const excluded = excludedSteps(exclude, { startMs, stepMs, count: values.length });
  const kept = withoutSteps(values, excluded);
  const shown = shownUnitOf(resource, kept);
  const scale = scaleOf(resource, shown, kept);
  const bounds = unitBounds({ unit: resource.unit, shownUnit: shown }, kept);
  const towards = direction ?? directionByName(resource) ?? (scale === 'plain' ? undefined : 'above');
  const at = thresholdIn(resource, { scale, threshold, direction: towards });
  return {
    options: {
      threshold: at,
      direction: towards ?? directionByLevel(kept, { threshold: at, perDay: Math.ceil(dayMs / stepMs) }),
      horizon: Math.min(maxHorizonSteps, Math.max(1, Math.ceil(horizonMs / stepMs))),
      stepMs,
      bounds,
      exclude: excluded,
    },
    shownUnit: shown,
    isImpossible: at < (bounds.lower ?? Number.NEGATIVE_INFINITY) || at > (bounds.upper ?? Number.POSITIVE_INFINITY),
  };
}

/** The same for a resource without a history. */
export function questionWithoutHistory(resource: CapacityResource, asked: Asked): CapacityQuestion {
  return questionFor({ resource, values: new Float64Array(0), startMs: 0, stepMs: hourMs }, asked);
}

/** How values of it are told: as a share of 1, in percent, or as any other number. */
type Scale = 'share' | 'percent' | 'plain';

/** What is used of a limit is a share whatever the name of what is used. */
function shownUnitOf(resource: CapacityResource, values: Float64Array): string {
  const { unit, series } = resource;
  return isOwnLimit(resource) ? unit : shownUnit({ metric: series.metric, unit }, values);
}

/** A threshold of what has been more than its whole, as of several cores, is no share of one. */
function scaleOf(resource: CapacityResource, shown: string, values: Float64Array): Scale {
  if (shown === '%') return 'percent';
  if (shown !== '1') return 'plain';
  return isOwnLimit(resource) || values.every((value) => !(value < 0 || value > 1)) ? 'share' : 'plain';
}

function thresholdIn(
  resource: CapacityResource,
  { scale, threshold, direction }: { scale: Scale; threshold: number | undefined; direction: Direction | undefined },
): number {
  const usual = direction === 'below' ? 1 - usualThreshold : usualThreshold;
  if (scale === 'share') return threshold === undefined ? round(usual) : threshold > 1 ? threshold / 100 : threshold;
  if (scale === 'percent') {
    // Of these a fleet has some as shares and some in percent: one number is for both.
    const isShare = threshold === undefined || (threshold <= 1 && isOwnLimit(resource));
    return isShare ? round(100 * (threshold ?? usual)) : threshold;
  }
  if (threshold !== undefined) return threshold;
  const { unit, series } = resource;
  const what = unit === '1' ? 'as a number' : `in ${safeName(unit) || 'its unit'}`;
  throw new OpenManagerError(
    'invalid_argument',
    `threshold: ${safeName(series.metric)} is no share, so say which value of it counts, ${what}.`,
  );
}

/** Without what binary fractions add: 1 - 0.9. */
function round(value: number): number {
  return Number(value.toPrecision(12));
}

/** As OpenTelemetry, node_exporter and sysstat call what is left of something, and what is taken of it. */
const leftWord = /^(?!un).*(free|avail|available)$|^(remaining|left|idle|headroom|unused|unallocated|spare)$/;
const takenWord = /^(used|usage|utili[sz]ation|allocated|consumed)$/;

function directionByName({ how, series }: CapacityResource): Direction | undefined {
  // What is free of a limit is turned into what is used of it.
  if (how !== 'value') return 'above';
  const states = Object.entries(series.labels).flatMap(([name, value]) => (/(state|mode)$/.test(name) ? [value] : []));
  const words = [...states, ...series.metric.split(/[^a-zA-Z]+|(?<=[a-z])(?=[A-Z])/)].map((word) => word.toLowerCase());
  if (words.some((word) => leftWord.test(word))) return 'below';
  return words.some((word) => takenWord.test(word)) ? 'above' : undefined;
}

/** What has been above the threshold, in its first tenth and on its last day, is waited for from above. */
function directionByLevel(
  values: Float64Array,
  { threshold, perDay }: { threshold: number; perDay: number },
): Direction {
  const known = values.filter(Number.isFinite);
  const first = known.subarray(0, Math.ceil(known.length / 10));
  const last = known.subarray(Math.max(0, known.length - perDay));
  return [first, last].every((part) => statistics(part).p50 > threshold) ? 'below' : 'above';
}
