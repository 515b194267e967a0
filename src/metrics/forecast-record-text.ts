import { jsonNumber, round } from '../core/format.ts';
import { counted, safeName } from '../core/text.ts';
import { formatTime } from '../core/time.ts';
import { errorText, zeroUpTo } from './error-text.ts';
import type { ForecastRecord } from './forecast-record-store.ts';

/**
 * What earlier forecasts tell of the next one, in lines; none without a record.
 * @param used the method that the next one was made by
 */
export function recordNotes(record: ForecastRecord | null, used: string): string[] {
  if (record === null) return [];
  const { checked, mase, baselineMase, coverage, preference } = record;
  const lines: string[] = [];
  if (checked > 0) {
    const error =
      mase === null || baselineMase === null ? [] : [`their mean error was ${maseText(mase, baselineMase)}`];
    const held = coverage
      ? [
          `the ${round(coverage.level * 100)} % interval${coverage.checked < checked ? ` of ${coverage.checked}` : ''} held ${round(coverage.actual * 100, 3)} % of the values`,
        ]
      : [];
    const found = [...error, ...held].join('; ');
    const were = checked === 1 ? 'was' : 'were';
    lines.push(
      `${counted(checked, 'earlier forecast')} like this ${were} checked against what came${found === '' ? '' : `: ${found}`}.`,
    );
  }
  if (preference) {
    const { model, sinceMs, over, windows, improvement } = preference;
    const other = over === null ? "the backtest's choice" : safeName(over, 100);
    lines.push(
      `Preferred since ${formatTime(sinceMs)}: ${safeName(model, 100)}, ${round(improvement * 100, 2)} % less error than ${other} in ${windows} checked forecasts${model === used ? '' : '; it cannot be had for this history'}.`,
    );
  }
  return lines;
}

const clean = zeroUpTo(1e-6);

/** Errors of different forecasts can be told together as multiples of how far the values of each history lie apart. */
function maseText(mase: number, baselineMase: number): string {
  const errors = { error: clean(mase), baseline: clean(baselineMase) };
  return errorText(errors, { naive: 'the naive method', shown: (scaled) => `${round(scaled, 3)} MASE` });
}

/** The same for programs. */
export function recordData(record: ForecastRecord | null) {
  if (record === null) return null;
  const { checked, mase, baselineMase, coverage, preference } = record;
  return {
    checked,
    mase: jsonNumber(clean(mase ?? Number.NaN), 4),
    baseline_mase: jsonNumber(clean(baselineMase ?? Number.NaN), 4),
    coverage: jsonNumber(coverage?.actual ?? Number.NaN, 4),
    preferred: preference && {
      model: safeName(preference.model, 100),
      since: formatTime(preference.sinceMs),
      over: preference.over === null ? null : safeName(preference.over, 100),
      windows: preference.windows,
      improvement: jsonNumber(preference.improvement, 3),
      probability: jsonNumber(preference.probability, 2),
    },
  };
}
