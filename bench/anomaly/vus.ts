import { pathToFileURL } from 'node:url';
import { toolPath } from '../support/tools.ts';
import type { LabelledSeries } from './tsb-ad.ts';

/** How odd each step is, higher = odder, as many as there are values. */
export type Scorer = (values: Float64Array, timestampsMs: Float64Array) => Float64Array;

export interface VusTool {
  findPeriod(values: Float64Array): number;
  vus(labels: Uint8Array, scores: Float64Array, window: number): { readonly vusPr: number } | null;
}

export interface VusReport {
  /** VUS-PR of each series, in their order. */
  readonly byFile: readonly number[];
  readonly mean: number;
}

/**
 * The volume under the surface of precision and recall (Paparrizos et al., VLDB 2022) of scores for labelled series, 0..1,
 * with TSB-AD's window.
 */
export async function measureVusPr(
  series: readonly LabelledSeries[],
  scores: readonly Float64Array[],
): Promise<VusReport> {
  const tool = await openVusTool();
  const byFile = series.map(({ labels, values }, i) => {
    const ofSeries = scores[i];
    if (ofSeries?.length !== values.length) throw new Error(`scores of ${series[i]?.name} are not one a value`);
    return tool.vus(labels, ofSeries, tool.findPeriod(values))?.vusPr ?? Number.NaN;
  });
  return { byFile, mean: byFile.reduce((a, b) => a + b, 0) / byFile.length };
}

export function scoreAll(series: readonly LabelledSeries[], scorer: Scorer): Float64Array[] {
  return series.map(({ values, timestampsMs }) => scorer(values, timestampsMs));
}

export async function openVusTool(): Promise<VusTool> {
  return (await import(pathToFileURL(toolPath('vus.mjs')).href)) as VusTool;
}
