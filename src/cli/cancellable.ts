import { toOpenManagerError } from '../core/errors.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

interface Cancellable {
  /** Ends soon after its signal aborts, by any error; resolves to the exit code. */
  work(signal: AbortSignal): Promise<number>;
  /** Said on stderr when the work was stopped: what is done, and how to go on. */
  howToGoOn(): string;
}

/**
 * Runs long work until it is done, or stopped by Ctrl-C or SIGTERM: then the exit code is 130. A second signal ends the
 * process at once.
 */
export async function runCancellable({ work, howToGoOn }: Cancellable): Promise<number> {
  const stopping = new AbortController();
  const stop = () => {
    if (stopping.signal.aborted) process.exit(130);
    stopping.abort();
  };
  for (const signal of signals) process.on(signal, stop);
  try {
    return await work(stopping.signal);
  } catch (error) {
    const { code } = toOpenManagerError(error);
    if (!stopping.signal.aborted || code !== 'cancelled') throw error;
    process.stderr.write(`Stopped. ${howToGoOn()}\n`);
    return 130;
  } finally {
    for (const signal of signals) process.off(signal, stop);
  }
}
