import type { Severity } from '../../analytics/index.ts';

export type { Severity };

/** Ascending. */
export const severities = ['low', 'medium', 'high'] as const satisfies readonly Severity[];

const mediumScore = 0.7;
const highScore = 0.85;

/** How bad an anomaly that was flagged live is, by the score of its peak, 0.5..1; a searched one's score is on another scale. */
export function severityOf(score: number): Severity {
  if (score >= highScore) return 'high';
  return score >= mediumScore ? 'medium' : 'low';
}

/** Whether `one` is as bad as `least` or worse; all are without `least`. */
export function isAtLeast(one: Severity, least: Severity | undefined): boolean {
  return least === undefined || severities.indexOf(one) >= severities.indexOf(least);
}
