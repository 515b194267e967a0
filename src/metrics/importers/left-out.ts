import { safeName } from '../../core/text.ts';

/** What an import did not take for one reason. */
export interface LeftOutKind {
  /** What was left out, as a plural: `bad lines`. */
  readonly what: string;
  readonly count: number;
  /** Of the first five: which one, and why. */
  readonly examples: readonly string[];
}

/** Counts what an import does not take, so that nothing is lost in silence. */
export interface LeftOut {
  add(what: string, example?: string): void;
  /** In the order in which the kinds were first met. */
  kinds(): readonly LeftOutKind[];
}

const maxExamples = 5;

export function createLeftOut(): LeftOut {
  const kinds = new Map<string, { what: string; count: number; examples: string[] }>();
  return {
    add(what, example) {
      const known = kinds.get(what) ?? { what, count: 0, examples: [] };
      kinds.set(what, known);
      known.count += 1;
      if (example !== undefined && known.examples.length < maxExamples) known.examples.push(safeName(example, 200));
    },
    kinds: () => [...kinds.values()],
  };
}
