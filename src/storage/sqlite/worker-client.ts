import { Worker } from 'node:worker_threads';
import { OpenManagerError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import { workerPath } from '../../core/package-path.ts';
import type { WorkerCall, WorkerReply, WorkerRequest, WorkerResults } from './protocol.ts';
import { sqliteError } from './sqlite-error.ts';

/** The thread that owns the database, as asynchronous calls answered in their order. */
export interface WorkerClient {
  /** Grows when the thread had to be replaced: a transaction begun before is gone then. */
  readonly generation: number;
  /** @throws the codes of {@link sqliteError}, and `unavailable` when the thread died or was closed. */
  call<K extends WorkerCall['kind']>(call: Extract<WorkerCall, { kind: K }>): Promise<WorkerResults[K]>;
  close(): Promise<void>;
}

interface Pending {
  resolve(value: WorkerResults[WorkerCall['kind']]): void;
  reject(error: OpenManagerError): void;
}

const restartsAllowed = 1;

export function createWorkerClient({ dataDir, log }: { dataDir: string; log: Logger }): WorkerClient {
  const pending = new Map<number, Pending>();
  let nextId = 0;
  let generation = 0;
  let closed = false;
  let worker: Worker | undefined = start();

  function start(): Worker {
    const thread = new Worker(workerPath('src/storage/sqlite/worker.ts', 'sqlite-worker.js'), {
      name: 'sqlite',
      // The environment holds secrets the thread has no use for.
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 4 },
    });
    thread.on('message', settle);
    thread.on('error', (cause) => lost(thread, cause));
    thread.on('exit', () => lost(thread, undefined));
    thread.unref();
    return thread;
  }

  function lost(thread: Worker, cause: unknown): void {
    if (thread !== worker) return;
    worker = undefined;
    for (const call of pending.values()) call.reject(unavailable(cause));
    pending.clear();
    if (closed) return;
    log.error('the database thread ended unexpectedly', { cause, restarted: generation < restartsAllowed });
    if (generation >= restartsAllowed) return;
    generation += 1;
    worker = start();
    // A failure to open shows in the calls that follow: they find no open database.
    send({ kind: 'open', dataDir }).catch((error: unknown) =>
      log.error('the database could not be reopened', { error }),
    );
  }

  function settle(reply: WorkerReply): void {
    const call = pending.get(reply.id);
    pending.delete(reply.id);
    if (pending.size === 0) worker?.unref();
    if ('value' in reply) call?.resolve(reply.value);
    else call?.reject(sqliteError(reply.failure));
  }

  function send<K extends WorkerCall['kind']>(call: Extract<WorkerCall, { kind: K }>): Promise<WorkerResults[K]> {
    return new Promise((resolve, reject) => {
      if (worker === undefined) return reject(unavailable(undefined));
      const id = nextId++;
      worker.postMessage({ ...call, id } as WorkerRequest);
      pending.set(id, { resolve: resolve as Pending['resolve'], reject });
      // An idle database keeps no process alive, a running call does.
      worker.ref();
    });
  }

  return {
    get generation() {
      return generation;
    },
    call: (call) => (closed ? Promise.reject(unavailable(undefined)) : send(call)),
    async close() {
      if (closed) return;
      closed = true;
      if (worker === undefined) return;
      const thread = worker;
      try {
        await send({ kind: 'close' });
      } catch (error) {
        // What was acknowledged is on disk; the next one to open the database tidies up.
        log.warn('the database was not closed in order', { error });
      } finally {
        await thread.terminate();
      }
    },
  };
}

function unavailable(cause: unknown): OpenManagerError {
  return new OpenManagerError('unavailable', 'The database is not available; restart OpenManager if this stays.', {
    cause,
  });
}
