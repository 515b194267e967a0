import type { Clock } from '../core/clock.ts';
import { OpenManagerError, toOpenManagerError } from '../core/errors.ts';
import { sizeBytes } from '../core/size.ts';
import { formatDuration } from '../core/time.ts';
import { untilAborted } from '../core/until-aborted.ts';
import type { AnalysisState, Answer, AnyTool, Call, Progress } from './define.ts';
import { recordApp } from './recorded-app.ts';

/** Answers a tool's call with these arguments. */
export type Work = (args: Record<string, unknown>, call: Call) => Promise<Answer>;

export interface AnalysisRequest {
  readonly id: string;
  readonly tool: AnyTool;
  /** Parsed. */
  readonly args: Record<string, unknown>;
  readonly call: Call;
  readonly work: Work;
  /** How long it may take in all. */
  readonly deadlineMs: number;
  readonly clock: Clock;
}

/** One run of a long tool, which may outlive the request that began it. */
export interface Analysis extends Pick<AnalysisRequest, 'id' | 'tool' | 'args'> {
  readonly caller: Call['caller'];
  readonly startedMs: number;
  durationMs(): number;
  state(): AnalysisState;
  progress(): Progress | null;
  /** Once it has ended. */
  outcome(): Outcome | null;
  /** Whether a request waits for it. */
  attended(): boolean;
  /**
   * Its answer, or null when there is none after `withinMs`. Rejects with what it failed with, or with the reason of the
   * request's signal; when that was the last request that waited, the analysis ends.
   */
  wait(request: Pick<Call, 'signal' | 'progress'>, withinMs: number): Promise<Answer | null>;
  /** Another page of its answer, made of what was computed for the first. */
  page(args: Record<string, unknown>, signal: AbortSignal): Promise<Answer>;
  /** Ends it, where it is still running. */
  end(reason: OpenManagerError): void;
  /** About how much memory it takes; 0 while it runs. */
  sizeBytes(): number;
}

export type Outcome =
  | { readonly ok: true; readonly answer: Answer }
  | { readonly ok: false; readonly error: OpenManagerError };

export function startAnalysis({ id, tool, args, call, work, deadlineMs, clock }: AnalysisRequest): Analysis {
  const ending = new AbortController();
  const recorded = recordApp(call.app);
  const listeners = new Set<(progress: Progress) => void>();
  const startedMs = clock.monotonic();
  let latest: Progress | null = null;
  let ended: { outcome: Outcome; durationMs: number; bytes: number } | null = null;

  const own: Call = {
    ...call,
    app: recorded.app,
    signal: ending.signal,
    progress(done, total, message) {
      latest = { done, total, message };
      for (const listener of listeners) listener(latest);
    },
  };

  function end(outcome: Outcome): void {
    const bytes = sizeBytes(outcome) + recorded.sizeBytes();
    ended = { outcome, durationMs: clock.monotonic() - startedMs, bytes };
  }

  async function run(): Promise<Answer> {
    const timer = setTimeout(() => ending.abort(tooLong(deadlineMs)), deadlineMs).unref();
    try {
      const answer = await work(args, own);
      end({ ok: true, answer });
      return answer;
    } catch (thrown) {
      const error: unknown = ending.signal.aborted ? ending.signal.reason : thrown;
      end({ ok: false, error: toOpenManagerError(error) });
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  // Not before the request that begins it listens for progress.
  const result = Promise.resolve().then(run);
  // Who waits hears of it; when nobody does, it is told when the handle is used.
  result.catch(() => {});

  return {
    id,
    tool,
    args,
    caller: call.caller,
    startedMs: call.nowMs,
    durationMs: () => ended?.durationMs ?? clock.monotonic() - startedMs,
    state: () => (ended === null ? 'running' : stateOf(ended.outcome)),
    progress: () => latest,
    outcome: () => ended?.outcome ?? null,
    attended: () => listeners.size > 0,
    async wait({ signal, progress }, withinMs) {
      const listener = ({ done, total, message }: Progress) => progress(done, total, message);
      listeners.add(listener);
      if (latest !== null) listener(latest);
      try {
        return await within(untilAborted(result, signal), withinMs);
      } finally {
        listeners.delete(listener);
        if (signal.aborted && listeners.size === 0) ending.abort(cancelled());
      }
    },
    page: (wanted, signal) => work(wanted, { ...own, signal, progress: () => {} }),
    end: (reason) => ending.abort(reason),
    sizeBytes: () => ended?.bytes ?? 0,
  };
}

async function within<T>(work: Promise<T>, ms: number): Promise<T | null> {
  const late = Promise.withResolvers<null>();
  const timer = setTimeout(() => late.resolve(null), ms);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function stateOf(outcome: Outcome): AnalysisState {
  if (outcome.ok) return 'done';
  return outcome.error.code === 'cancelled' ? 'cancelled' : 'failed';
}

function cancelled(): OpenManagerError {
  return new OpenManagerError('cancelled', 'The analysis was cancelled.');
}

function tooLong(deadlineMs: number): OpenManagerError {
  const message = `The analysis was ended after ${formatDuration(deadlineMs)}; ask for less at once.`;
  return new OpenManagerError('timeout', message);
}
