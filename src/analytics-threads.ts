import { availableParallelism } from 'node:os';
import type { Piscina } from 'piscina';
import type { Outcome } from './analytics/runner.ts';
import type { Task, TaskOutcome } from './analytics-worker.ts';
import { OpenManagerError } from './core/errors.ts';
import { createLimit } from './core/limit.ts';
import { retryable } from './core/once.ts';
import { workerPath } from './core/package-path.ts';
import { formatDuration } from './core/time.ts';

export interface ThreadOptions {
  /** How many at most; they are started as they are needed, and end when idle. */
  readonly threads?: number;
  /** How long one task may compute. */
  readonly deadlineMs?: number;
  /** Heap of one thread. */
  readonly heapMegabytes?: number;
  /** Path of the module that they run; that of the library when left out. */
  readonly worker?: string;
}

export interface RunOptions {
  readonly signal?: AbortSignal;
  readonly transferList?: ArrayBuffer[];
}

/** Worker threads that run the analytics library. */
export interface AnalyticsThreads extends AsyncDisposable {
  readonly count: number;
  /**
   * The outcomes of a task, one for each of its series. When `signal` aborts, the thread that works on it ends, wherever
   * it is; a thread in the middle of a computation cannot be asked to stop.
   * @throws OpenManagerError `timeout` after the deadline, `unavailable` when the thread ran out of memory or died, or when
   * too much waits already.
   */
  run(task: Task, options: RunOptions): Promise<Outcome<unknown>[]>;
}

const maxWaiting = 256;

export function createAnalyticsThreads(options: ThreadOptions = {}): AnalyticsThreads {
  const { deadlineMs = 300_000, heapMegabytes = 512 } = options;
  const worker = options.worker ?? workerPath('src/analytics-worker.ts', 'analytics-worker.js');
  const count = options.threads ?? Math.min(4, Math.max(2, availableParallelism()));
  /** By which what is under way can be ended with a reason. */
  const underWay = new Set<AbortController>();
  const endAll = (reason: OpenManagerError) => {
    for (const ending of underWay) ending.abort(reason);
  };
  const pool = retryable(async () => {
    const started = await startPool({ worker, count, heapMegabytes });
    // A thread that dies at its start has no task that could fail, and those that wait for it would wait for ever.
    started.on('error', (cause) => endAll(died('The threads that compute it do not start.', cause)));
    return started;
  });
  // The pool gets no more than it has threads: what waits in its own queue stays there for ever when the threads end.
  const limit = createLimit({ atOnce: count, maxWaiting });
  let closed = false;

  async function compute(task: Task, { signal, transferList = [] }: RunOptions): Promise<TaskOutcome[]> {
    if (closed) throw stopping();
    const ending = new AbortController();
    const timer = setTimeout(() => ending.abort(tooLong(deadlineMs)), deadlineMs).unref();
    underWay.add(ending);
    try {
      const signals = signal ? [signal, ending.signal] : [ending.signal];
      return await (await pool()).run(task, { transferList, signal: AbortSignal.any(signals) });
    } catch (thrown) {
      throw ending.signal.aborted ? ending.signal.reason : explain(thrown, heapMegabytes);
    } finally {
      clearTimeout(timer);
      underWay.delete(ending);
    }
  }

  return {
    count,
    async run(task, options) {
      const outcomes = await limit(() => compute(task, options), options.signal);
      return outcomes.map(revive);
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      endAll(stopping());
      if (pool.started()) await (await pool()).destroy();
    },
  };
}

interface PoolSettings {
  readonly worker: string;
  readonly count: number;
  readonly heapMegabytes: number;
}

async function startPool({ worker, count, heapMegabytes }: PoolSettings): Promise<Piscina> {
  const { Piscina } = await import('piscina');
  return new Piscina({
    filename: worker,
    minThreads: 0,
    maxThreads: count,
    idleTimeout: 30_000,
    resourceLimits: { maxOldGenerationSizeMb: heapMegabytes },
  });
}

function revive(outcome: TaskOutcome): Outcome<unknown> {
  if (outcome.ok) return outcome;
  return { ok: false, error: new OpenManagerError(outcome.code, outcome.message, { cause: outcome.cause }) };
}

/** What a thread's end means; an abort, and what the task itself threw, stays as it is. */
function explain(thrown: unknown, heapMegabytes: number): unknown {
  if (!(thrown instanceof Error)) return thrown;
  if ('code' in thrown && thrown.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return died(`It needs more than the ${heapMegabytes} MB that an analysis may take; ask for a longer step.`, thrown);
  }
  return thrown.message.startsWith('worker exited') ? died('The thread that computed it has died.', thrown) : thrown;
}

function died(message: string, cause: unknown): OpenManagerError {
  return new OpenManagerError('unavailable', message, { cause });
}

function tooLong(deadlineMs: number): OpenManagerError {
  const message = `The analysis was ended after ${formatDuration(deadlineMs)}; ask for less history or a longer step.`;
  return new OpenManagerError('timeout', message);
}

function stopping(): OpenManagerError {
  return new OpenManagerError('unavailable', 'The server is stopping.');
}
