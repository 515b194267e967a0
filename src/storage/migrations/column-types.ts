import { type ColumnDataType, type ColumnDefinitionBuilder, type RawBuilder, sql } from 'kysely';
import type { DatabaseKind } from '../database.ts';
import { lockInTransaction } from '../postgres/advisory-lock.ts';

/** How the databases differ where migrations are concerned; a migration reads this table and branches nowhere. */
export interface ColumnTypes {
  readonly integer: ColumnDataType;
  readonly real: ColumnDataType;
  readonly bytes: ColumnDataType;
  /** A primary key the database hands out; ids grow and are never used twice. */
  readonly generatedKey: (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;
  /** What follows the column list of an ordinary table. */
  readonly table: RawBuilder<unknown>;
  /** The same for a table whose rows lie in the order of their primary key, where the database can do that. */
  readonly clusteredTable: RawBuilder<unknown>;
  /** After the table was created: tells the database that a column's bytes gain nothing by compression. */
  readonly keepBytesAsTheyAre: (table: string, column: string) => RawBuilder<unknown>;
  /** One row when the table `schema_version` exists. */
  readonly findVersionTable: RawBuilder<unknown>;
  /** First in the transaction: makes another process that migrates wait until it has ended. */
  readonly lockSchema: RawBuilder<unknown>;
}

const nothing = sql`select 1`;

export const columnTypes = {
  sqlite: {
    integer: 'integer',
    real: 'real',
    bytes: 'blob',
    generatedKey: (column) => column.primaryKey().autoIncrement(),
    table: sql`strict`,
    clusteredTable: sql`strict, without rowid`,
    keepBytesAsTheyAre: () => nothing,
    findVersionTable: sql`select 1 from sqlite_schema where type = 'table' and name = 'schema_version'`,
    // A write transaction is the only one there is.
    lockSchema: nothing,
  },
  postgres: {
    integer: 'bigint',
    real: 'double precision',
    bytes: 'bytea',
    generatedKey: (column) => column.primaryKey().generatedAlwaysAsIdentity(),
    table: sql``,
    clusteredTable: sql``,
    keepBytesAsTheyAre: (table, column) =>
      sql`alter table ${sql.table(table)} alter column ${sql.ref(column)} set storage external`,
    // Not to_regclass(): within a transaction it may not see yet what another one has created.
    findVersionTable: sql`
      select 1 from pg_catalog.pg_tables where schemaname = current_schema() and tablename = 'schema_version'`,
    lockSchema: sql`select ${sql.raw(lockInTransaction("'schema'"))}`,
  },
} as const satisfies Record<DatabaseKind, ColumnTypes>;
