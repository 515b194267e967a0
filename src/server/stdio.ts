import { setImmediate, setTimeout } from 'node:timers/promises';
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';
import { toOpenManagerError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import { localCaller } from '../security/caller.ts';
import type { Guard } from './guard.ts';
import { guardListen, isListenRequest, refusedListen } from './listen.ts';
import { createMcpConnection, type McpConnection, type McpParts } from './mcp.ts';

export interface StdioServer extends AsyncDisposable {
  /** Resolves when the client has gone. */
  readonly closed: Promise<void>;
  resourceUpdated(uri: string): void;
}

/** Serves one client on this process's stdin and stdout. */
export function startStdio(parts: McpParts, log: Logger): StdioServer {
  let connection: McpConnection | undefined;
  let failure: Error | undefined;
  let ending = false;
  const transport = new ProcessTransport(parts.guard);
  const handle = serveStdio(
    ({ era }) => {
      connection = createMcpConnection(parts, localCaller, era);
      return connection.server;
    },
    {
      transport,
      onerror(error) {
        failure = error;
        log.debug('stdio', { error: error.message });
      },
    },
  );
  return {
    closed: transport.closed.then(() => {
      // The client did not leave: it wrote more than a line may hold, or stopped listening.
      const broken = !ending && !process.stdin.readableEnded;
      if (broken) log.warn('the connection to the client broke', { error: failure?.message });
    }),
    resourceUpdated: (uri) => connection?.resourceUpdated(uri),
    async [Symbol.asyncDispose]() {
      ending = true;
      await handle.close();
    },
  };
}

const patienceMs = 5_000;
const maxUnreadBytes = 4 * 1024 ** 2;

/** Takes no more requests until the client has read the answers to those it made. */
function waitForReader(): void {
  if (process.stdin.isPaused()) return;
  process.stdin.pause();
  process.stdout.once('drain', () => process.stdin.resume());
}

class ProcessTransport extends StdioServerTransport {
  readonly #closed = Promise.withResolvers<void>();
  readonly #guard: Guard;
  /** Resolves when either side has gone, whether or not a client had introduced itself. */
  readonly closed: Promise<void> = this.#closed.promise;

  constructor(guard: Guard) {
    super();
    this.#guard = guard;
  }

  override async start(): Promise<void> {
    // Each answer listens until it has left: a client that is slow to read is no leak.
    process.stdout.setMaxListeners(0);
    const deliver = this.onmessage;
    this.onmessage = (message) => {
      if (!isListenRequest(message)) return deliver?.(message);
      guardListen(this.#guard, message, localCaller).then(
        () => deliver?.(message),
        (thrown: unknown) => this.send(refusedListen(message, toOpenManagerError(thrown))),
      );
    };
    await super.start();
  }

  /** Answers that are ready in the same turn leave in one write: a write a line costs more than making the line. */
  override send(message: Parameters<StdioServerTransport['send']>[0]): Promise<void> {
    process.stdout.cork();
    process.nextTick(() => process.stdout.uncork());
    if (process.stdout.writableLength > maxUnreadBytes) waitForReader();
    return super.send(message);
  }

  /** Who has no more to ask may still be reading: what was asked before is answered. */
  override async close(): Promise<void> {
    // Nobody can ask for their answers any more.
    this.#guard.endAnalyses();
    if (process.stdin.readableEnded) {
      await Promise.race([this.#guard.settled(), setTimeout(patienceMs, undefined, { ref: false })]);
      await setImmediate();
    }
    await super.close();
    // A pipe that is only paused may go on filling its buffer, and keeps the process alive until the client closes it.
    process.stdin.destroy();
    this.#closed.resolve();
  }
}
