import type { Piscina } from 'piscina';
import type { ChartDrawer } from './charts/charts.ts';
import type { DrawTask } from './charts-worker.ts';
import { OpenManagerError, toOpenManagerError } from './core/errors.ts';
import { retryable } from './core/once.ts';
import { workerPath } from './core/package-path.ts';

export interface ChartPool extends AsyncDisposable {
  readonly draw: ChartDrawer;
}

/** A chart takes a second; one that takes this long does not end, and others wait for it. */
const timeoutMs = 30_000;

/** Draws charts in a thread of their own, which is started for the first one and ends when idle, with all it has loaded. */
export function createChartPool(): ChartPool {
  let pool = retryable(startPool);

  /** A thread in which drawing failed may fail at everything after it: the next chart starts another. */
  function replacePool(): void {
    const failed = pool;
    pool = retryable(startPool);
    failed().then(
      (it) => it.close(),
      () => {},
    );
  }

  return {
    async draw(chart, theme, signal) {
      const task: DrawTask = { chart, theme };
      try {
        const limited = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
        return await (await pool()).run(task, { signal: limited });
      } catch (thrown) {
        if (signal.aborted) throw toOpenManagerError(thrown);
        replacePool();
        throw new OpenManagerError('internal', 'The chart could not be drawn; ask without chart.', { cause: thrown });
      }
    },
    async [Symbol.asyncDispose]() {
      if (pool.started()) await (await pool()).destroy();
    },
  };
}

async function startPool(): Promise<Piscina> {
  const { Piscina } = await import('piscina');
  return new Piscina({
    filename: workerPath('src/charts-worker.ts', 'charts-worker.js'),
    name: 'draw',
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: 30_000,
    maxQueue: 64,
    resourceLimits: { maxOldGenerationSizeMb: 256 },
  });
}
