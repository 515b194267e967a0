import { safeName } from '../../core/text.ts';
import { formatTime } from '../../core/time.ts';
import type { Flagged } from './anomaly.ts';
import type { HypothesisKind } from './hypothesis.ts';

/** What a line about an interval says of its being flagged; nothing where it was not. */
export function flaggedNote(flagged: Flagged | undefined): string {
  if (flagged === undefined) return '';
  const { timeMs, group, hypotheses } = flagged;
  const kinds = hypotheses.map(({ kind }) => `, suspected ${kind}`).join('');
  return `; flagged ${formatTime(timeMs)}, group ${group}${kinds}`;
}

/** The same as data. */
export function flaggedData(flagged: Flagged | undefined): Record<string, unknown> {
  if (flagged === undefined) return {};
  const { timeMs, group, hypotheses } = flagged;
  const suspected = hypotheses.map(({ kind }) => kind);
  return { flagged: formatTime(timeMs), group, ...(suspected.length > 0 && { hypotheses: suspected }) };
}

/** What a group may mean, and why; safe to show. */
export interface HypothesisData {
  readonly group: number;
  readonly kind: HypothesisKind;
  readonly evidence: string;
}

/** More than these are not told with their evidence. */
const maxShown = 3;

/** Of the groups of anomalies, each once, in their order. */
export function hypothesisData(
  anomalies: readonly { readonly flagged?: Flagged | undefined }[],
): readonly HypothesisData[] {
  const all = anomalies.flatMap(({ flagged }) =>
    (flagged?.hypotheses ?? []).map(({ kind, evidence }) => {
      return { group: flagged?.group ?? 0, kind, evidence: safeName(evidence, 300) };
    }),
  );
  return [...new Map(all.map((one) => [`${one.group} ${one.kind}`, one])).values()].slice(0, maxShown);
}

/** A line each. */
export function hypothesisNotes(hypotheses: readonly HypothesisData[]): readonly string[] {
  return hypotheses.map(({ group, kind, evidence }) => `Hypothesis, no fact (group ${group}, ${kind}): ${evidence}`);
}
