import { Kysely } from 'kysely';
import { Pool } from 'pg';
import { silentLogger } from '../../../src/core/log.ts';
import { Secret } from '../../../src/core/secret.ts';
import type { Database } from '../../../src/storage/database.ts';
import { migrate } from '../../../src/storage/migrations/migrate.ts';
import type { Migration } from '../../../src/storage/migrations/migration.ts';
import { connectionOptions } from '../../../src/storage/postgres/connection-options.ts';
import { createPostgresDialect } from '../../../src/storage/postgres/dialect.ts';
import { openPostgres } from '../../../src/storage/postgres/open-postgres.ts';
import type { Schema } from '../../../src/storage/schema.ts';
import { createSqliteDialect } from '../../../src/storage/sqlite/dialect.ts';
import { openSqlite } from '../../../src/storage/sqlite/open-sqlite.ts';
import { createWorkerClient } from '../../../src/storage/sqlite/worker-client.ts';
import type { PostgresCluster } from '../postgres-cluster.ts';
import { temporaryDir } from '../temporary-dir.ts';

/** A data folder or the URL of a PostgreSQL database, as text, so that it can be handed to a process. */
export type Where = string;

export function isPostgres(where: Where): boolean {
  return where.startsWith('postgres://');
}

export async function openAt(where: Where): Promise<Database> {
  if (isPostgres(where)) return openPostgres({ databaseUrl: new Secret(where), log: silentLogger });
  return openSqlite({ dataDir: where, log: silentLogger });
}

/** Opens a database and takes the given steps of its schema, as a program did that knew no others. */
export async function openWith(steps: readonly Migration[], where: Where): Promise<OldDatabase> {
  const { kind, dialect, close } = isPostgres(where) ? postgresDialect(where) : await sqliteDialect(where);
  const db = new Kysely<Schema>({ dialect });
  await migrate(db, kind, steps);
  return { db, [Symbol.asyncDispose]: close };
}

interface OldDatabase extends AsyncDisposable {
  readonly db: Kysely<Schema>;
}

function postgresDialect(where: Where) {
  const pool = new Pool(connectionOptions(new Secret(where)).config);
  return { kind: 'postgres', dialect: createPostgresDialect(pool), close: () => pool.end() } as const;
}

async function sqliteDialect(where: Where) {
  const worker = createWorkerClient({ dataDir: where, log: silentLogger });
  await worker.call({ kind: 'open', dataDir: where });
  return { kind: 'sqlite', dialect: createSqliteDialect(worker), close: () => worker.close() } as const;
}

/** A kind of store, and how to get an empty one. */
export interface StoreKind {
  readonly name: 'SQLite' | 'PostgreSQL';
  newPlace(): Promise<{ readonly where: Where } & Disposable>;
}

export const sqliteStore: StoreKind = {
  name: 'SQLite',
  async newPlace() {
    const dir = temporaryDir();
    return { where: dir.path, [Symbol.dispose]: () => dir[Symbol.dispose]() };
  },
};

export function postgresStore(cluster: () => PostgresCluster): StoreKind {
  return {
    name: 'PostgreSQL',
    newPlace: async () => ({ where: await cluster().createDatabase(), [Symbol.dispose]: () => {} }),
  };
}
