import { createHash } from 'node:crypto';
import { serialize } from 'node:v8';
import type { AnalysisInput, Outcome } from './analytics/runner.ts';
import { toOpenManagerError } from './core/errors.ts';
import { createLru } from './core/lru.ts';
import { inParallel } from './core/parallel.ts';
import { createSharedWork } from './core/shared-work.ts';
import { sizeBytes } from './core/size.ts';

/** Computes the outcomes of some series, in their order. */
export type Compute<Options, Result> = (
  series: readonly AnalysisInput<Options>[],
  signal: AbortSignal,
) => Promise<Outcome<Result>[]>;

export interface ResultOptions {
  /** How many tasks of one caller compute at a time. */
  readonly atOnce: number;
  readonly maxBytes?: number;
}

/**
 * An outcome for each series; see {@link AnalyticsRunner}. What was computed lately is not computed again, and who asks
 * for what somebody else is waiting for shares it.
 */
export type AnalysisResults<Options, Result> = (
  series: readonly AnalysisInput<Options>[],
  signal: AbortSignal,
  onDone?: (done: number) => void,
) => Promise<Outcome<Result>[]>;

/** A task costs 0.2 ms beside its computing: with 8 of the shortest series that is little, and 8 long ones are soon done. */
const maxSeries = 8;
const maxValues = 50_000;
/** Two fleets of 1,000 hosts with 4 series each. */
const maxEntries = 8_000;
const defaultMaxBytes = 32 * 1024 ** 2;

export function createAnalysisResults<Options, Result>(
  compute: Compute<Options, Result>,
  { atOnce, maxBytes = defaultMaxBytes }: ResultOptions,
): AnalysisResults<Options, Result> {
  const kept = createLru<Outcome<Result>>({ maxEntries, maxBytes, sizeBytes });
  const shared = createSharedWork<Outcome<Result>>();

  async function outcomesOf(
    series: readonly AnalysisInput<Options>[],
    signal: AbortSignal,
  ): Promise<Outcome<Result>[]> {
    const task = createTask(compute);
    const outcomes = series.map(async (one) => {
      const key = keyOf(one);
      const known = kept.get(key);
      if (known) return known;
      const outcome = await shared.join(key, (given) => task.add(one, given), signal);
      if (outcome.ok) kept.set(key, outcome);
      return outcome;
    });
    task.start();
    const settled = await Promise.allSettled(outcomes);
    signal.throwIfAborted();
    return settled.map((one) =>
      one.status === 'fulfilled' ? one.value : { ok: false, error: toOpenManagerError(one.reason) },
    );
  }

  return async (series, signal, onDone) => {
    const outcomes: Outcome<Result>[] = [];
    let done = 0;
    await inParallel(portions(series), { atOnce, signal }, async ({ start, portion }, either) => {
      for (const [i, outcome] of (await outcomesOf(portion, either)).entries()) outcomes[start + i] = outcome;
      done += portion.length;
      onDone?.(done);
    });
    return outcomes;
  };
}

/**
 * By all that a result depends on, the values themselves: with new or changed data it is another key, whatever changed
 * them, so that no event has to be waited for. SHA-256 takes 20 µs for 4,000 values, a forecast from them 20 ms.
 */
function keyOf<Options>({ values, options }: AnalysisInput<Options>): string {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return createHash('sha256').update(serialize(options)).update(bytes).digest('base64');
}

/** Series that nobody has computed or is computing yet, to be computed in one go. */
function createTask<Options, Result>(compute: Compute<Options, Result>) {
  const series: AnalysisInput<Options>[] = [];
  const outcomes = Promise.withResolvers<Outcome<Result>[]>();
  const given = new AbortController();
  let wanted = 0;
  return {
    /** `signal` aborts when nobody wants this one any more: once that holds for all, the task ends. */
    async add(one: AnalysisInput<Options>, signal: AbortSignal): Promise<Outcome<Result>> {
      const index = series.push(one) - 1;
      wanted++;
      signal.addEventListener('abort', () => --wanted === 0 && given.abort(signal.reason), { once: true });
      const outcome = (await outcomes.promise)[index];
      if (!outcome) throw new Error('a task answered less than it was asked');
      return outcome;
    },
    start(): void {
      if (series.length > 0) compute(series, given.signal).then(outcomes.resolve, outcomes.reject);
    },
  };
}

/** Consecutive series that make a task each. */
function* portions<Options>(series: readonly AnalysisInput<Options>[]) {
  let start = 0;
  let values = 0;
  for (const [i, one] of series.entries()) {
    if (i > start && (i - start === maxSeries || values + one.values.length > maxValues)) {
      yield { start, portion: series.slice(start, i) };
      start = i;
      values = 0;
    }
    values += one.values.length;
  }
  if (start < series.length) yield { start, portion: series.slice(start) };
}
