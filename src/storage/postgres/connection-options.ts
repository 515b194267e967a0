import { Socket } from 'node:net';
import { Client, type ClientConfig, types } from 'pg';
import { OpenManagerError } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';

export interface ConnectionOptions {
  /** What each connection is made with; what the URL's query says wins. */
  readonly config: ClientConfig;
  /** Ends every connection at once, also where the server does not answer. */
  cut(): void;
}

/** @throws `invalid_configuration` when the URL cannot be read. */
export function connectionOptions(databaseUrl: Secret): ConnectionOptions {
  assertReadable(databaseUrl);
  const sockets = new Set<Socket>();
  return {
    config: {
      connectionString: databaseUrl.reveal(),
      application_name: 'openmanager',
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
      statement_timeout: 30_000,
      lock_timeout: 15_000,
      idle_in_transaction_session_timeout: 60_000,
      // The server's own limits come first; this one is for a server that does not answer at all.
      query_timeout: 35_000,
      types: { getTypeParser: parserOf },
      stream: () => {
        const socket = new Socket();
        sockets.add(socket);
        return socket.once('close', () => sockets.delete(socket));
      },
    },
    cut() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

function assertReadable(databaseUrl: Secret): void {
  try {
    new Client({ connectionString: databaseUrl.reveal() });
  } catch {
    // Not kept as a cause: it may repeat parts of the URL.
    throw new OpenManagerError(
      'invalid_configuration',
      'The database URL cannot be read. It looks like postgres://USER:PASSWORD@HOST:5432/DATABASE?sslmode=verify-full; ' +
        'characters such as @ / : % in the password are written as %40 %2F %3A %25, and files it names must exist.',
    );
  }
}

/** Our whole numbers are safe ones, and sums of them; bytes get memory of their own. */
const parsers = new Map<number, (text: string) => unknown>([
  [types.builtins.INT8, Number],
  [types.builtins.NUMERIC, Number],
  [types.builtins.FLOAT8, Number],
  [types.builtins.BYTEA, parseBytes],
]);

const parserOf: typeof types.getTypeParser = (oid: number) => parsers.get(oid) ?? types.getTypeParser(oid, 'text');

function parseBytes(text: string): Uint8Array {
  const bytes = new Uint8Array((text.length - 2) / 2);
  Buffer.from(bytes.buffer).write(text.slice(2), 'hex');
  return bytes;
}
