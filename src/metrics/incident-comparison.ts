import type { ChangedSeries, WindowChange } from '../analytics/index.ts';
import type { AnalyticsRunner, Outcome } from '../analytics/runner.ts';
import type { IncidentReader, IncidentSeries } from './incident-reader.ts';
import type { IncidentSteps } from './incident-steps.ts';
import type { FoundSeries } from './metrics.ts';
import { notableAmount } from './notable-amounts.ts';
import { resourceGroup } from './resource-groups.ts';
import { seriesKey } from './series-key.ts';

const seriesAtOnce = 20;

/** As many as are read and compared at a time. */
export function* groupsOf<T>(series: readonly T[]): Generator<readonly T[]> {
  for (let i = 0; i < series.length; i += seriesAtOnce) yield series.slice(i, i + seriesAtOnce);
}

/** A series with how it changed. */
export interface ComparedSeries extends ChangedSeries, IncidentSeries {}

interface EarlierDays {
  /** Ids of the series that changed: only of these it is asked. */
  readonly changed: ReadonlySet<string>;
  readonly days: readonly number[];
  readonly reader: IncidentReader;
  readonly series: readonly FoundSeries[];
  readonly reference: IncidentSeries | undefined;
}

export function createComparison(analytics: AnalyticsRunner, { baselineGrid, incidentGrid }: IncidentSteps) {
  async function compare(
    series: readonly (IncidentSeries & { readonly earlier?: readonly Float64Array[] })[],
    signal: AbortSignal,
    reference?: IncidentSeries,
  ): Promise<ComparedSeries[]> {
    // Without a baseline nothing can be said.
    if (baselineGrid.count === 0 || incidentGrid.count === 0) return [];
    const inputs = series.map((one) => {
      const { values, scale, earlier } = one;
      const known = { scale, notable: notableAmount(one), earlier, reference: reference?.values };
      return { values, options: { incidentAt: baselineGrid.count, ...known } };
    });
    const outcomes = await analytics.compareMany(inputs, signal);
    return series.map((one, i) => ({
      ...one,
      id: seriesKey(one),
      group: resourceGroup(one),
      change: resultOf(outcomes[i]),
    }));
  }

  return {
    compare,
    async strongestFirst(series: readonly IncidentSeries[], signal: AbortSignal): Promise<ComparedSeries[]> {
      if (series.length === 0) return [];
      return (await compare(series, signal)).sort((a, b) => b.change.strength - a.change.strength);
    },
    /** The same with those that changed compared anew, beside what they did at that time of earlier days. */
    async besideEarlierDays(
      compared: readonly ComparedSeries[],
      { changed, days, reader, series, reference }: EarlierDays,
      signal: AbortSignal,
    ): Promise<readonly ComparedSeries[]> {
      if (days.length === 0) return compared;
      const found = new Map(series.map((one) => [seriesKey(one), one]));
      const anew = new Map<string, ComparedSeries>();
      const asked = compared.flatMap((one) => {
        const known = changed.has(one.id) ? found.get(one.id) : undefined;
        return known === undefined ? [] : [{ one, known }];
      });
      for (const group of groupsOf(asked)) {
        signal.throwIfAborted();
        const earlier = await reader.readEarlier(
          group.map(({ known }) => known),
          days,
        );
        const inputs = group.map(({ one }, i) => ({ ...one, earlier: earlier[i] ?? [] }));
        for (const one of await compare(inputs, signal, reference)) anew.set(one.id, one);
      }
      return compared.map((one) => anew.get(one.id) ?? one);
    },
  };
}

function resultOf(outcome: Outcome<WindowChange> | undefined): WindowChange {
  if (outcome?.ok) return outcome.result;
  throw outcome?.error ?? new Error('a series was not compared');
}
