import type { Candidate, ChangedSeries, ChangeKind, RankedSeries, Together } from '../analytics/index.ts';
import { type Descriptor, seriesName } from '../core/series.ts';
import { safeName } from '../core/text.ts';
import { formatAbout, formatDuration } from '../core/time.ts';
import type { IncidentSteps } from './incident-steps.ts';

/** A series that changed in an incident. Times are milliseconds since the epoch. */
export interface CorrelatedSeries extends Descriptor {
  /** What to write behind values, as `shownUnit` tells. */
  readonly shownUnit: string;
  readonly kind: ChangeKind;
  /** As of a `WindowChange`, in the series' unit; NaN where there is no value. */
  readonly before: number;
  readonly during: number;
  /** In robust standard deviations of the baseline. */
  readonly shift: number;
  readonly onsetMs: number;
  /** Of the two distributions, Kolmogorov and Smirnov's; p for all series that were compared. */
  readonly statistic: number;
  readonly pValue: number;
  /** How many times as far as the baseline ever went. */
  readonly unusual: number;
  /** 0..1. */
  readonly strength: number;
  /** How it moves with the series that was asked about; null without one. */
  readonly together: { readonly correlation: number; readonly lagMs: number } | null;
}

/** What may have caused an incident, or come of it. */
export interface CorrelatedResource {
  /** What it is, as `cpu` or the first words of a metric's name. */
  readonly resource: string;
  /** At least one, the strongest first. */
  readonly series: readonly CorrelatedSeries[];
  /** 0..1, by which resources are ranked. */
  readonly score: number;
  readonly onsetMs: number;
  /** After the earliest of all, or after the series that was asked about; negative: before it. */
  readonly lagMs: number;
  /** Why it is where it is, in words. */
  readonly reason: string;
}

interface Description {
  readonly steps: IncidentSteps;
  /** Steps within which nothing is called the earlier one. */
  readonly resolution: number;
  /** The series that was asked about. */
  readonly metric: Descriptor | null;
}

/** Candidates whose members are series with units, in words and with times. */
export function describeResources(
  candidates: readonly Candidate<DescribedSeries>[],
  description: Description,
): CorrelatedResource[] {
  const [first] = candidates.toSorted((a, b) => a.onset - b.onset || b.score - a.score);
  if (first === undefined) return [];
  const { steps } = description;
  return candidates.map((candidate) => ({
    resource: candidate.group,
    series: candidate.members.map((one) => seriesOf(one, steps)),
    score: candidate.score,
    onsetMs: steps.timeOf(candidate.onset),
    lagMs: candidate.lag * steps.stepMs,
    reason: reasonOf(candidate, first, description),
  }));
}

type DescribedSeries = ChangedSeries & Descriptor & { readonly shownUnit: string };

function seriesOf(one: DescribedSeries & RankedSeries, { stepMs, timeOf }: IncidentSteps): CorrelatedSeries {
  const { metric, labels, unit, shownUnit, pValue } = one;
  const { kind, before, during, shift, test, unusual, strength, onset, together } = one.change;
  return {
    ...{ metric, labels, unit, shownUnit, kind: kind ?? 'up', before, during, shift, pValue, unusual, strength },
    statistic: test.statistic,
    onsetMs: timeOf(onset ?? 0),
    together: together && { correlation: together.correlation, lagMs: together.lag * stepMs },
  };
}

function reasonOf(
  candidate: Candidate<DescribedSeries>,
  first: Candidate<DescribedSeries>,
  description: Description,
): string {
  const { steps, resolution, metric } = description;
  const after = candidate.onset - first.onset;
  const name = safeName(first.group, 80);
  const earlier = `changed ${formatAbout(after * steps.stepMs)} after ${name}`;
  const when = after > resolution ? earlier : candidate === first ? 'changed first' : `changed with ${name}`;
  const together = candidate.members[0]?.change.together ?? null;
  return metric === null || together === null ? when : `${when}; ${togetherText(together, metric, steps)}`;
}

/** `moves with app.latency, 20s before it (r 0.91)`. */
function togetherText({ correlation, lag }: Together, { metric, labels }: Descriptor, { stepMs }: OnStep): string {
  const apart = formatDuration(Math.abs(lag) * stepMs);
  const when = lag === 0 ? '' : lag < 0 ? `, ${apart} before it` : `, ${apart} after it`;
  const name = safeName(seriesName(metric, labels), 120);
  return `moves ${correlation < 0 ? 'against' : 'with'} ${name}${when} (r ${correlation.toFixed(2)})`;
}

type OnStep = Pick<IncidentSteps, 'stepMs'>;
