import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';
import type { Logger } from '../core/log.ts';
import { localCaller } from '../security/caller.ts';
import { createMcpConnection, type McpConnection, type McpParts } from './mcp.ts';

export interface StdioServer extends AsyncDisposable {
  /** Resolves when the client has gone. */
  readonly closed: Promise<void>;
  resourceUpdated(uri: string): void;
}

/** Serves one client on this process's stdin and stdout. */
export function startStdio(parts: McpParts, log: Logger): StdioServer {
  let connection: McpConnection | undefined;
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  const handle = serveStdio(
    ({ era }) => {
      connection = createMcpConnection(parts, localCaller, era);
      connection.server.onclose = () => resolve();
      return connection.server;
    },
    { transport: new BatchingTransport(), onerror: (error) => log.debug('stdio', { error: error.message }) },
  );
  process.stdin.once('end', resolve);
  process.stdin.once('close', resolve);
  return {
    closed,
    resourceUpdated: (uri) => connection?.resourceUpdated(uri),
    [Symbol.asyncDispose]: () => handle.close(),
  };
}

/** Answers that are ready in the same turn leave in one write: a write a line costs more than making the line. */
class BatchingTransport extends StdioServerTransport {
  override send(message: Parameters<StdioServerTransport['send']>[0]): Promise<void> {
    process.stdout.cork();
    process.nextTick(() => process.stdout.uncork());
    return super.send(message);
  }
}
