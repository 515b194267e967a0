import { counted } from '../core/text.ts';
import { formatDuration } from '../core/time.ts';
import type { RecentBreak } from './recent-break.ts';
import type { UnseenPhases } from './unseen-phases.ts';

/** What is odd about a series; numbers are of steps. */
export interface HistoryFindings {
  readonly infinite: number;
  /** Without a value at the end. */
  readonly gap: number;
  /** Pulled in. */
  readonly outliers: number;
  readonly endsInOutlier: boolean;
  readonly recent: RecentBreak | null;
  /** Since the recent break. */
  readonly since: number;
  /** Periods that were told and do not fit. */
  readonly dropped: readonly number[];
  readonly unseen: UnseenPhases | null;
  readonly stepMs: number | undefined;
}

/** What a reader should know of the data, in sentences. */
export function describeHistory({ infinite, gap, recent, since, dropped, ...found }: HistoryFindings): string[] {
  const warnings: string[] = [];
  if (infinite === 1) warnings.push('An infinite value was taken as missing.');
  if (infinite > 1) warnings.push(`${infinite} infinite values were taken as missing.`);
  if (gap === 1) warnings.push('The last step has no value; the forecast starts after it and is less certain.');
  if (gap > 1)
    warnings.push(`The last ${gap} steps have no value; the forecast starts after them and is less certain.`);
  if (found.outliers > 0) {
    const count = `${counted(found.outliers, 'value')}${found.endsInOutlier ? ', the last one too' : ''}`;
    warnings.push(
      `Outliers, more than ten standard deviations from the level, are kept from methods that they would mislead: ${count}.`,
    );
  }
  if (recent) warnings.push(...describeBreak(recent, since));
  if (dropped.length > 0)
    warnings.push(`Periods that do not fit into the series twice were left out: ${dropped.join(', ')}.`);
  if (found.unseen) {
    const { steps, period } = found.unseen;
    const season = found.stepMs === undefined ? `${period} steps` : formatDuration(period * found.stepMs);
    warnings.push(
      `${counted(steps, 'step ahead is', 'steps ahead are')} at times of the cycle of ${season} at which nothing was ever measured: what is said of them is a guess.`,
    );
  }
  return warnings;
}

function describeBreak({ lasting, otherwise }: RecentBreak, since: number): string[] {
  if (!lasting) {
    return [
      `The last ${since === 1 ? 'value is' : 'values are'} far from all before, an outlier or a new level: the forecast goes on from those before, its intervals hold both.`,
    ];
  }
  if (otherwise === null) return [];
  return [
    `The level is a new one for ${counted(since, 'step')}: the forecast goes on from it, its intervals hold the old one too.`,
  ];
}
