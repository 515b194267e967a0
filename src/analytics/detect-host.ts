import { joinOddSteps, type OddSteps, type Severity, severityOf, toScore } from './anomaly-intervals.ts';
import { at } from './at.ts';
import { type Column, standardize } from './host/columns.ts';
import { fitHostModel, type HostModel } from './host/host-model.ts';
import { rareDeviations } from './host/rarity.ts';
import { oddDeviation } from './sensitivity.ts';
import { requireKnown, requireMetrics, requireSensitivity, requireStep } from './validate.ts';

const MIN_METRICS = 2;
const MIN_STEPS = 50;
const MAX_CONTRIBUTORS = 5;
/** What each metric alone has a chance to exceed, the highest of many has more of. */
const CHANCES = 2;

/** A metric of a host. */
export interface HostMetric {
  /** Unique among the metrics. */
  readonly id: string;
  /** On the same grid as all others, in any unit; NaN or infinite = missing. */
  readonly values: Float64Array;
}

export interface DetectHostOptions {
  /** 0..1, 0.5 when left out: what counts as odd, as of `detectBatch`. */
  readonly sensitivity?: number | undefined;
  /** Length of a step in milliseconds, > 0, five minutes when left out: how often is rare is counted in days. */
  readonly stepMs?: number | undefined;
}

const OPTIONS = ['sensitivity', 'stepMs'] as const satisfies readonly (keyof DetectHostOptions)[];

/** What a metric has to do with a host's anomaly. */
export interface Contributor {
  readonly id: string;
  /** Share of what the model of all metrics leaves unexplained (SPE, Q), 0..1. */
  readonly residualShare: number;
  /** Share of how far the metrics are along the directions that they know (Hotelling's T2), 0..1. */
  readonly distanceShare: number;
  /** Of its value from what the other metrics let expect, in its own robust standard deviations, signed. */
  readonly deviation: number;
  /** At the peak and in the unit of the metric: its value, NaN where it is missing, and what the others let expect. */
  readonly value: number;
  readonly expected: number;
}

export interface HostAnomaly {
  /** `relation`: metrics no longer go together as they do; `distance`: they do, but further out than ever. */
  readonly kind: 'relation' | 'distance';
  readonly startIndex: number;
  /** The first index after it. */
  readonly endIndex: number;
  readonly peakIndex: number;
  /** 0..1, that of the peak. */
  readonly score: number;
  readonly severity: Severity;
  /** Number of odd steps in it; fewer than its length when short pauses were bridged. */
  readonly points: number;
  /** Up to five, by their share in what makes it odd, the largest first. */
  readonly contributors: readonly Contributor[];
}

export interface HostDetection {
  /** How odd each step is, 0..1, whatever the sensitivity; 1/2 at five standard deviations. */
  readonly scores: Float64Array;
  /** The worst first. */
  readonly anomalies: readonly HostAnomaly[];
  /** Directions in which the metrics move together. */
  readonly components: number;
  /** Metrics that tell nothing, and why. */
  readonly leftOut: readonly { readonly id: string; readonly reason: string }[];
  /** What a reader should know before relying on it, in sentences. */
  readonly warnings: readonly string[];
}

/**
 * Finds where the metrics of a host are odd together: where one or some no longer go with the others as they do, though
 * each may be within its own usual range, or where all are further out than ever.
 *
 * The metrics are put in robust standard deviations, the directions in which they move together are found by principal
 * components of the spherical covariance, and each step is judged by what these leave unexplained of each metric and by
 * how far it lies along them, each in terms of what is usual of it. Jackson & Mudholkar, "Control Procedures for Residuals
 * Associated With Principal Component Analysis" (1979); Locantore et al. (1999).
 *
 * `metrics`: up to 1,000 with 200,000 steps and 5,000,000 values in all. Linear in the steps, quadratic in the metrics.
 * Throws `invalid_argument` when there is none, when ids repeat, lengths differ, or an option is out of range. Constant
 * metrics and those with fewer than 12 values are left out by name; with fewer than two others, or 50 steps, nothing is odd.
 */
export function detectHost(metrics: readonly HostMetric[], o: DetectHostOptions): HostDetection {
  requireMetrics(metrics);
  requireKnown(o, OPTIONS);
  requireSensitivity(o.sensitivity);
  requireStep(o.stepMs);
  const steps = metrics[0]?.values.length ?? 0;
  const tried = metrics.map(({ id, values }) => ({ id, column: standardize(id, values) }));
  const columns = tried.flatMap(({ column }) => (typeof column === 'string' ? [] : [column]));
  const leftOut = tried.flatMap(({ id, column }) => (typeof column === 'string' ? [{ id, reason: column }] : []));
  if (columns.length < MIN_METRICS || steps < MIN_STEPS) {
    const warnings = [
      `${columns.length} metrics of ${steps} steps that move: at least ${MIN_METRICS} of ${MIN_STEPS} are needed.`,
    ];
    return { scores: new Float64Array(steps), anomalies: [], components: 0, leftOut, warnings };
  }
  const model = fitHostModel(columns, steps, o.stepMs);
  const relation = rareDeviations(furthest(model.residuals, steps), { tail: 'fat', stepMs: o.stepMs });
  const distance = rareDeviations(furthest(model.scores, steps), { tail: 'thin', stepMs: o.stepMs });
  const deviations = relation.map((one, i) => Math.max(one, at(distance, i)));
  const scores = deviations.map(toScore);
  const anomalies = joinOddSteps(scores, toScore(oddDeviation(o.sensitivity)))
    .map((run) => describeAnomaly(run, { columns, model, scores, relation, distance }))
    .sort((a, b) => b.score - a.score);
  return { scores, anomalies, components: model.components.length, leftOut, warnings: [] };
}

/** The largest deviation at each step, shrunk to what is as rare for a single one: the chance of any grows with their number. */
function furthest(deviations: readonly Float64Array[], steps: number): Float64Array {
  const largest = new Float64Array(steps);
  for (const one of deviations) {
    for (let i = 0; i < steps; i++) largest[i] = Math.max(at(largest, i), Math.abs(at(one, i)));
  }
  const chance = CHANCES * Math.log(Math.max(1, deviations.length));
  return largest.map((one) => Math.sqrt(Math.max(0, one * one - chance)));
}

interface Judged {
  readonly columns: readonly Column[];
  readonly model: HostModel;
  readonly scores: Float64Array;
  readonly relation: Float64Array;
  readonly distance: Float64Array;
}

function describeAnomaly({ start, end, points }: OddSteps, judged: Judged): HostAnomaly {
  const { scores, relation, distance } = judged;
  let peak = start;
  for (let i = start + 1; i < end; i++) if (at(scores, i) > at(scores, peak)) peak = i;
  const kind = at(relation, peak) >= at(distance, peak) ? 'relation' : 'distance';
  const share = kind === 'relation' ? 'residualShare' : 'distanceShare';
  return {
    kind,
    startIndex: start,
    endIndex: end,
    peakIndex: peak,
    score: at(scores, peak),
    severity: severityOf(at(scores, peak)),
    points,
    contributors: contributorsAt(peak, judged)
      .sort((a, b) => b[share] - a[share])
      .slice(0, MAX_CONTRIBUTORS),
  };
}

function contributorsAt(step: number, { columns, model }: Judged): Contributor[] {
  const ofResidual = model.residuals.map((one) => at(one, step) ** 2);
  const ofDistance = columns.map((column, j) => distanceOf(column, j, model, step));
  const [residual, distance] = [sumOf(ofResidual), sumOf(ofDistance)];
  return columns.map(({ id, values, z, inUnit }, j) => {
    return {
      id,
      residualShare: (ofResidual[j] ?? 0) / residual,
      distanceShare: (ofDistance[j] ?? 0) / distance,
      deviation: at(model.residuals[j] ?? z, step),
      value: Number.isNaN(at(z, step)) ? Number.NaN : at(values, step),
      expected: inUnit(at(model.expected[j] ?? z, step)),
    };
  });
}

/** What a metric adds to T2; one that pulls against the others adds nothing. */
function distanceOf({ z }: Column, j: number, { components, scores }: HostModel, step: number): number {
  const value = at(z, step);
  if (Number.isNaN(value)) return 0;
  const signed = components.reduce((sum, component, k) => sum + at(scores[k] ?? z, step) * at(component, j) * value, 0);
  return Math.max(0, signed);
}

/** Never 0, so that shares of nothing are 0. */
function sumOf(parts: readonly number[]): number {
  return parts.reduce((a, b) => a + b, 0) || 1;
}
