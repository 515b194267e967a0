import { type ColumnDataType, type ColumnDefinitionBuilder, type RawBuilder, sql } from 'kysely';
import type { DatabaseKind } from '../database.ts';

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
  /** One row when the table `schema_version` exists. */
  readonly findVersionTable: RawBuilder<unknown>;
}

export const columnTypes = {
  sqlite: {
    integer: 'integer',
    real: 'real',
    bytes: 'blob',
    generatedKey: (column) => column.primaryKey().autoIncrement(),
    table: sql`strict`,
    clusteredTable: sql`strict, without rowid`,
    findVersionTable: sql`select 1 from sqlite_schema where type = 'table' and name = 'schema_version'`,
  },
  postgres: {
    integer: 'bigint',
    real: 'double precision',
    bytes: 'bytea',
    generatedKey: (column) => column.primaryKey().generatedAlwaysAsIdentity(),
    table: sql``,
    clusteredTable: sql``,
    findVersionTable: sql`select 1 where to_regclass('schema_version') is not null`,
  },
} as const satisfies Record<DatabaseKind, ColumnTypes>;
