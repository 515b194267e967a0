import type { Candidate, ChangedSeries, ChangeKind, RankedSeries } from '../analytics/index.ts';
import { type Descriptor, seriesName } from '../core/series.ts';
import { safeName } from '../core/text.ts';
import { formatAbout } from '../core/time.ts';
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
  /** The series that was asked about, and whether it changed: the lags are those after it then. */
  readonly metric: (Descriptor & { readonly changed: boolean }) | null;
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
  const together = candidate.members[0]?.change.together ?? null;
  if (metric === null || together === null) {
    const after = candidate.onset - first.onset;
    if (candidate === first && after <= resolution) return 'changed first';
    return `changed ${whenText(after, description)} ${safeName(first.group, 80)}`;
  }
  const name = safeName(seriesName(metric.metric, metric.labels), 120);
  const how = together.correlation < 0 ? 'against' : 'with';
  const apart = together.lag === 0 ? '' : `, ${whenText(together.lag, { steps, resolution: 0 })} it`;
  const when = metric.changed ? `changed ${whenText(candidate.lag, description)} ${name}` : 'changed';
  const it = metric.changed ? 'it' : name;
  return `${when}; moves ${how} ${it}${apart} (r ${together.correlation.toFixed(2)})`;
}

/** `with`, `40s after`, `5s before`. */
function whenText(lag: number, { steps, resolution }: Pick<Description, 'steps' | 'resolution'>): string {
  if (Math.abs(lag) <= resolution) return 'with';
  return `${formatAbout(Math.abs(lag) * steps.stepMs)} ${lag < 0 ? 'before' : 'after'}`;
}
