import type { CopyProgress } from '../metrics/copy/copy-store.ts';

const names: Readonly<Record<CopyProgress['stage'], string>> = {
  read: 'reading what is to be copied',
  chunk: 'copying chunks of history',
  journal: 'copying readings',
  audit: 'copying audit entries',
  forecast_track: 'copying which forecasts were asked for',
  forecast: 'copying earlier forecasts',
  anomaly: 'copying anomalies',
  detector_state: 'copying what the detectors have learned',
  setting: 'copying settings',
  check: 'comparing the copy',
};

/** One line: what is done now and how much of it. */
export function copyProgressText({ stage, done, total }: CopyProgress): string {
  return `${names[stage]}: ${done} of ${total}, ${Math.floor((100 * done) / Math.max(1, total))} %`;
}
