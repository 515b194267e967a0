import type { Descriptor } from '../core/series.ts';
import { bucketValues, type Tally } from './buckets.ts';
import { createCoverageTally } from './coverage-tally.ts';
import { collectDamagedHours } from './damaged-hours.ts';
import type { IncidentSteps } from './incident-steps.ts';
import type { FoundSeries, Metrics, SeriesBuckets } from './metrics.ts';
import { shownUnit } from './shown-unit.ts';
import { unitBounds } from './unit-bounds.ts';

/** A series in the baseline and then in the incident, one value a step, NaN = missing. */
export interface IncidentSeries extends Descriptor {
  readonly values: Float64Array;
  /** What to write behind values, as `shownUnit` tells. */
  readonly shownUnit: string;
  /** All of it in the series' unit, as 1 of a share; absent where it has no upper end. */
  readonly scale?: number;
}

export interface IncidentReader {
  read(group: readonly FoundSeries[]): Promise<IncidentSeries[]>;
  /** How many samples were read so far, of each window. */
  samples(): { readonly baseline: number; readonly incident: number };
  /** Of the incident. */
  readonly tally: Tally;
  readonly damagedHours: readonly number[];
}

export function createIncidentReader(metrics: Metrics, steps: IncidentSteps): IncidentReader {
  const { baseline, incident, baselineGrid, incidentGrid, stepMs } = steps;
  const tally = createCoverageTally(incident, stepMs);
  const { onDamaged, damagedHours } = collectDamagedHours(incident);
  const counts = { baseline: 0, incident: 0 };

  function join(before: SeriesBuckets | undefined, { buckets, ...found }: SeriesBuckets): IncidentSeries {
    if (before !== undefined) counts.baseline += sum(before.buckets.n);
    counts.incident += sum(buckets.n);
    const values = new Float64Array(baselineGrid.count + incidentGrid.count).fill(Number.NaN);
    if (before !== undefined) values.set(bucketValues(before.buckets, 'avg'));
    values.set(bucketValues(buckets, 'avg'), baselineGrid.count);
    const { metric, labels, unit } = found;
    const shown = shownUnit(found, values.filter(Number.isFinite));
    const { upper } = unitBounds({ unit, shownUnit: shown }, values);
    return { metric, labels, unit, values, shownUnit: shown, ...(upper !== undefined && { scale: upper }) };
  }

  return {
    async read(group) {
      const before = baselineGrid.count === 0 ? [] : await metrics.buckets(group, baseline, baselineGrid);
      const during = await metrics.buckets(group, incident, incidentGrid, { tally, onDamaged });
      return during.map((one, i) => join(before[i], one));
    },
    samples: () => ({ ...counts }),
    tally,
    damagedHours,
  };
}

function sum(numbers: Float64Array): number {
  return numbers.reduce((total, number) => total + number, 0);
}
