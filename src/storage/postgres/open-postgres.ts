import { setTimeout } from 'node:timers/promises';
import { Kysely, sql } from 'kysely';
import { Pool } from 'pg';
import type { Logger } from '../../core/log.ts';
import type { Secret } from '../../core/secret.ts';
import type { Database } from '../database.ts';
import { migrations } from '../migrations/index.ts';
import { migrate } from '../migrations/migrate.ts';
import type { Schema } from '../schema.ts';
import { lockInTransaction, lockKey } from './advisory-lock.ts';
import { createOwnership } from './advisory-ownership.ts';
import { connectionOptions } from './connection-options.ts';
import { createPostgresDialect, type PostgresConnection } from './dialect.ts';
import { createSession } from './session.ts';
import { changeChannel, createWakeUp } from './wake-up.ts';

export interface OpenPostgresOptions {
  /** As libpq reads it: `postgres://USER:PASSWORD@HOST:5432/DATABASE?sslmode=verify-full`. */
  readonly databaseUrl: Secret;
  readonly log: Logger;
}

/** With the session: what one process takes of the server's `max_connections`. */
const pooledConnections = 4;
const closeWithinMs = 3_000;

/**
 * The server frees the locks of a machine that vanished without a word when it notices, by default after two hours
 * (https://www.postgresql.org/docs/current/runtime-config-connection.html). So it notices after some ten seconds,
 * with the last setting also while a notification is under way to that machine.
 */
const noticeLoss = [
  'set tcp_keepalives_idle = 5',
  'set tcp_keepalives_interval = 2',
  'set tcp_keepalives_count = 3',
  'set tcp_user_timeout = 11000',
].join('; ');

/**
 * Opens a PostgreSQL database (13 or newer), creates our tables in the first schema of its search_path or brings them up
 * to date. Connections that break are replaced at the next call.
 * @throws `invalid_configuration` for a URL that cannot be read, `storage_too_new`, `storage_read_only` when the user
 * lacks a right, `unavailable`.
 */
export async function openPostgres({ databaseUrl, log }: OpenPostgresOptions): Promise<Database> {
  const { config, cut } = connectionOptions(databaseUrl);
  const wakeUp = createWakeUp();
  const pool = createPool(config, log);
  const db = new Kysely<Schema>({ dialect: createPostgresDialect(pool) });
  const session = createSession({
    config,
    log,
    greeting: `listen ${changeChannel}; ${noticeLoss}`,
    onNotification: wakeUp.wake,
  });

  let closing: Promise<void> | undefined;
  async function close(): Promise<void> {
    wakeUp.stop();
    const patience = new AbortController();
    await Promise.race([
      Promise.allSettled([session.close(), pool.end()]),
      setTimeout(closeWithinMs, undefined, { signal: patience.signal }).catch(() => {}),
    ]);
    patience.abort();
    cut();
  }

  try {
    await migrate(db, 'postgres', migrations);
  } catch (error) {
    await close();
    throw error;
  }
  const connection = <T>(on: Kysely<Schema>, use: (connection: PostgresConnection) => Promise<T>): Promise<T> =>
    on.getExecutor().provideConnection((it) => use(it as PostgresConnection));
  return {
    kind: 'postgres',
    db,
    log,
    ownership: createOwnership(session, db),
    scan: (query, on = db) => connection(on, (it) => it.scan(query)),
    scanNumbers: (query) => connection(db, (it) => it.scanNumbers(query)),
    async bulkInsert(on, table, rows) {
      if (rows.length > 0) await connection(on, (it) => it.copy(table, rows));
    },
    lockHosts,
    onChange: (listener) => wakeUp.onChange(listener, session),
    // Autovacuum would, later: until then the journal grows by the readings of the hours that were compressed.
    reclaim: async () => void (await sql`vacuum journal, series`.execute(db)),
    sizeBytes: () => sizeBytes(db),
    usedBytes: () => sizeBytes(db),
    [Symbol.asyncDispose]() {
      closing ??= close();
      return closing;
    },
  };
}

function createPool(config: ReturnType<typeof connectionOptions>['config'], log: Logger): Pool {
  const pool = new Pool({ ...config, max: pooledConnections, idleTimeoutMillis: 60_000, allowExitOnIdle: true });
  const broke = (error: Error) => log.debug('a connection to PostgreSQL broke', { error });
  pool.on('error', broke);
  // The pool listens to idle ones alone; an error that nobody hears ends the process.
  pool.on('connect', (client) => client.on('error', broke));
  return pool;
}

/** In one order for all, so that two which lock the same hosts never wait for each other. */
async function lockHosts(transaction: Kysely<Schema>, hostIds: readonly number[]): Promise<void> {
  const [only, ...others] = hostIds;
  if (only !== undefined && others.length === 0) {
    await sql`select ${sql.raw(lockInTransaction(`'host/${Number(only)}'`))}`.execute(transaction);
    return;
  }
  const keys = sql.raw(lockKey("'host/' || host"));
  await sql`
    select pg_advisory_xact_lock(key)
    from (select distinct ${keys} as key from unnest(${hostIds}::bigint[]) as host order by key) as keys
  `.execute(transaction);
}

/** A table that is missing here does not compile. */
const tables: Readonly<Record<keyof Schema, true>> = {
  schema_version: true,
  host: true,
  series: true,
  layout: true,
  journal: true,
  chunk: true,
  event: true,
  owner: true,
  audit: true,
  setting: true,
  forecast_track: true,
  forecast: true,
  anomaly: true,
  detector_state: true,
};

async function sizeBytes(db: Kysely<Schema>): Promise<number> {
  const { rows } = await sql<{ size: number }>`
    select coalesce(sum(pg_total_relation_size(to_regclass(name))), 0) as size
    from unnest(${Object.keys(tables)}::text[]) as name`.execute(db);
  return rows[0]?.size ?? 0;
}
