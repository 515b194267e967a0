import { createHash } from 'node:crypto';
import type { Descriptor } from '../core/series.ts';
import { canonicalLabels } from './series-key.ts';

/** Forecasts of one series in steps of one length and over like horizons, whose errors can be compared. */
export interface ForecastTrack extends Descriptor {
  readonly host: string;
  readonly stepMs: number;
  /** Steps. */
  readonly horizon: number;
}

/** The same for two forecasts of a track: a quarter more or less of horizon does not make another one. */
export function trackKey({ host, metric, labels, unit, stepMs, horizon }: ForecastTrack): string {
  const like = Math.round(Math.log2(horizon));
  const identity = [host, metric, canonicalLabels(labels), unit, stepMs, like];
  return createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 32);
}
