import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../../src/core/log.ts';
import { Secret } from '../../src/core/secret.ts';
import type { Database } from '../../src/storage/database.ts';
import { openDatabase } from '../../src/storage/open-database.ts';
import { loadSqlite } from '../../src/storage/sqlite/load-sqlite.ts';
import { databaseFile } from '../../src/storage/sqlite/protocol.ts';
import { startPostgres } from '../../test/support/postgres-cluster.ts';

/** A database of the program's, and what can be seen of it from outside. */
export interface Place extends AsyncDisposable {
  readonly database: Database;
  /** The SQLite file, or the URL. */
  readonly address: string;
  /** Does what an idle server does by itself within a minute of an hour's compaction. */
  tidy(): Promise<void>;
  sizes(): Promise<Sizes>;
}

export interface Sizes {
  /** All that samples take, free pages and indexes included. */
  readonly totalBytes: number;
  /** Of it, the table of chunks. */
  readonly chunkBytes: number;
  /** The parts, to be read. */
  readonly parts: string;
}

export interface Engine extends AsyncDisposable {
  readonly name: 'SQLite' | 'PostgreSQL';
  /** Makes an empty place. */
  createPlace(): Promise<Place>;
  /** A new address for tables of other makes: the path of no file yet, or the URL of an empty database. */
  createAddress(): Promise<string>;
}

/** In a temporary folder, with the program's own settings. */
export function createSqliteEngine(): Engine {
  const folder = mkdtempSync(join(tmpdir(), 'openmanager-bench-'));
  let places = 0;
  return {
    name: 'SQLite',
    createAddress: async () => join(folder, `${places++}.db`),
    async createPlace() {
      const dataDir = join(folder, String(places++));
      const database = await openDatabase({ dataDir, log: silentLogger });
      const address = join(dataDir, databaseFile);
      return {
        database,
        address,
        tidy: async () => {},
        sizes: async () => sqliteSizes(dataDir, address),
        [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
      };
    },
    [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A server of its own, as installed but for its address; null where PostgreSQL is not installed. */
export async function createPostgresEngine(): Promise<Engine | null> {
  const settings = ["shared_buffers = '128MB'", 'autovacuum = on'];
  const cluster = await startPostgres({ settings }).catch(notInstalled);
  if (cluster === null) return null;
  return {
    name: 'PostgreSQL',
    createAddress: () => cluster.createDatabase(),
    async createPlace() {
      const address = await cluster.createDatabase();
      const database = await openDatabase({ dataDir: '', databaseUrl: new Secret(address), log: silentLogger });
      return {
        database,
        address,
        tidy: async () => void (await cluster.query('vacuum journal, layout, series', address)),
        async sizes() {
          await cluster.query('vacuum', address);
          return postgresSizes(await cluster.query(tableSizes, address));
        },
        [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
      };
    },
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  };
}

function notInstalled(error: unknown): null {
  if (error instanceof Error && error.message.includes('not installed')) return null;
  throw error;
}

function sqliteSizes(dataDir: string, path: string): Sizes {
  const files = readdirSync(dataDir).map((name) => [name, statSync(join(dataDir, name)).size] as const);
  const { DatabaseSync } = loadSqlite();
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const rows = database.prepare('select name, sum(pgsize) as bytes from dbstat group by name').all();
    const bytesOf = (name: string) => Number(rows.find((row) => row.name === name)?.bytes ?? 0);
    const used = rows.reduce((sum, { bytes }) => sum + Number(bytes), 0);
    const [file = 0, wal = 0] = ['', '-wal'].map((suffix) => new Map(files).get(`${databaseFile}${suffix}`));
    const parts = [`chunks ${mega(bytesOf('chunk'))}`, `journal ${mega(bytesOf('journal'))}`];
    return {
      totalBytes: files.reduce((sum, [, size]) => sum + size, 0),
      chunkBytes: bytesOf('chunk'),
      parts: `${parts.join(', ')}, free pages ${mega(Math.max(0, file - used))}, write-ahead log ${mega(wal)}`,
    };
  } finally {
    database.close();
  }
}

const tableSizes = `
  select name, pg_total_relation_size(name::regclass)::float8 as bytes
  from unnest(array['chunk', 'journal', 'layout', 'series']) as name`;

function postgresSizes(rows: readonly Record<string, unknown>[]): Sizes {
  const sizes = rows.map(({ name, bytes }) => [String(name), Number(bytes)] as const);
  return {
    totalBytes: sizes.reduce((sum, [, bytes]) => sum + bytes, 0),
    chunkBytes: new Map(sizes).get('chunk') ?? 0,
    parts: sizes.map(([name, bytes]) => `${name} ${mega(bytes)}`).join(', '),
  };
}

function mega(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
