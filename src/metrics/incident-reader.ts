import type { Descriptor } from '../core/series.ts';
import { bucketValues, type Grid, type Tally } from './buckets.ts';
import { createCoverageTally } from './coverage-tally.ts';
import { collectDamagedHours } from './damaged-hours.ts';
import type { IncidentSteps } from './incident-steps.ts';
import type { FoundSeries, Metrics, SeriesBuckets, TimeWindow } from './metrics.ts';
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
  /** The same series at the same time of that many days before, each as its values. */
  readEarlier(group: readonly FoundSeries[], days: readonly number[]): Promise<Float64Array[][]>;
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

  /** Of the grids moved into the past; both are whole steps, and so are days. */
  async function readDay(group: readonly FoundSeries[], daysBefore: number): Promise<Float64Array[]> {
    const byMs = -daysBefore * dayMs;
    const before = await metrics.buckets(group, movedBy(baseline, byMs), movedGrid(baselineGrid, byMs));
    const during = await metrics.buckets(group, movedBy(incident, byMs), movedGrid(incidentGrid, byMs));
    return during.map((one, i) => joined(before[i], one, steps));
  }

  function join(before: SeriesBuckets | undefined, one: SeriesBuckets): IncidentSeries {
    if (before !== undefined) counts.baseline += sum(before.buckets.n);
    counts.incident += sum(one.buckets.n);
    const values = joined(before, one, steps);
    const { metric, labels, unit } = one;
    const shown = shownUnit(one, values.filter(Number.isFinite));
    const { upper } = unitBounds({ unit, shownUnit: shown }, values);
    return { metric, labels, unit, values, shownUnit: shown, ...(upper !== undefined && { scale: upper }) };
  }

  return {
    async read(group) {
      const before = baselineGrid.count === 0 ? [] : await metrics.buckets(group, baseline, baselineGrid);
      const during = await metrics.buckets(group, incident, incidentGrid, { tally, onDamaged });
      return during.map((one, i) => join(before[i], one));
    },
    async readEarlier(group, days) {
      const read: Float64Array[][] = [];
      for (const day of days) read.push(await readDay(group, day));
      return group.map((_, i) => read.flatMap((day) => day[i] ?? []));
    },
    samples: () => ({ ...counts }),
    tally,
    damagedHours,
  };
}

const dayMs = 86_400_000;

function movedBy({ fromMs, toMs }: TimeWindow, byMs: number): TimeWindow {
  return { fromMs: fromMs + byMs, toMs: toMs + byMs };
}

function movedGrid(grid: Grid, byMs: number): Grid {
  return { ...grid, startMs: grid.startMs + byMs };
}

function joined(
  before: SeriesBuckets | undefined,
  during: SeriesBuckets,
  { baselineGrid, incidentGrid }: IncidentSteps,
): Float64Array {
  const values = new Float64Array(baselineGrid.count + incidentGrid.count).fill(Number.NaN);
  if (before !== undefined) values.set(bucketValues(before.buckets, 'avg'));
  values.set(bucketValues(during.buckets, 'avg'), baselineGrid.count);
  return values;
}

function sum(numbers: Float64Array): number {
  return numbers.reduce((total, number) => total + number, 0);
}
