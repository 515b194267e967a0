import type { Socket } from 'node:net';
import { Client, type ClientConfig, type QueryConfig } from 'pg';
import { OpenManagerError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import { connectionSurvives, postgresError } from './postgres-error.ts';

/** One connection; what the session holds there, as advisory locks, goes with it. */
export interface SessionConnection {
  query<R extends object>(text: string, values?: readonly unknown[]): Promise<R[]>;
}

/** A connection of its own beside the pool, for what belongs to a connection: advisory locks and notifications. */
export interface Session {
  /** Undefined while there is none. */
  readonly connection: SessionConnection | undefined;
  /**
   * Runs `work` on a connection that has just answered, a new one when the last one broke. One at a time.
   * @throws the codes of {@link postgresError}.
   */
  run<T>(work: (connection: SessionConnection) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface SessionParts {
  readonly config: ClientConfig;
  readonly log: Logger;
  /** Sent to each new connection, e.g. a `listen`. */
  readonly greeting: string;
  /** Called when another process notified, and after each new connection, as notifications may have been missed. */
  readonly onNotification: () => void;
}

const answerWithinMs = 2_000;
/** Whoever asks for a lock here would rather hear that somebody else has it. */
const lockWaitMs = 1_000;

export function createSession(parts: SessionParts): Session {
  let connection: OpenConnection | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let closed = false;

  async function answering(): Promise<OpenConnection> {
    if (connection) {
      await connection.query('select 1').catch(() => forget(connection));
      if (connection) return connection;
    }
    const opened = await openConnection(parts, () => forget(opened));
    connection = opened;
    parts.onNotification();
    return opened;
  }

  function forget(broken: OpenConnection | undefined): void {
    broken?.cut();
    if (connection === broken) connection = undefined;
  }

  async function once<T>(work: (connection: SessionConnection) => Promise<T>): Promise<T> {
    if (closed) throw new OpenManagerError('unavailable', 'The database was closed.');
    let used: OpenConnection | undefined;
    try {
      used = await answering();
      used.stayAwake(true);
      return await work(used);
    } catch (error) {
      if (!connectionSurvives(error)) forget(used);
      throw postgresError(error);
    } finally {
      used?.stayAwake(false);
    }
  }

  return {
    get connection() {
      return connection;
    },
    run(work) {
      const turn = last.then(() => once(work));
      last = turn.catch(() => {});
      return turn;
    },
    async close() {
      closed = true;
      await connection?.end();
      connection = undefined;
    },
  };
}

interface OpenConnection extends SessionConnection {
  /** Whether it keeps the process alive. */
  stayAwake(on: boolean): void;
  end(): Promise<void>;
  /** Without a word to the server. */
  cut(): void;
}

async function openConnection(
  { config, log, greeting, onNotification }: SessionParts,
  onBroken: () => void,
): Promise<OpenConnection> {
  let socket: Socket | undefined;
  const stream = () => {
    socket = config.stream?.() as Socket;
    return socket;
  };
  const client = new Client({ ...config, stream, lock_timeout: lockWaitMs });
  const opened: OpenConnection = {
    async query(text, values = []) {
      const query: QueryConfig & { query_timeout: number } = {
        text,
        values: values as unknown[],
        query_timeout: answerWithinMs,
      };
      return (await client.query(query)).rows;
    },
    stayAwake: (on) => void (on ? socket?.ref() : socket?.unref()),
    end: () => client.end(),
    cut: () => void socket?.destroy(),
  };
  try {
    client.on('error', (error) => log.debug('the session with PostgreSQL broke', { error }));
    await client.connect();
    await opened.query(greeting);
  } catch (error) {
    opened.cut();
    throw error;
  }
  client.on('end', onBroken);
  client.on('notification', onNotification);
  return opened;
}
