import type { Kysely } from 'kysely';
import type { Schema } from '../schema.ts';
import type { ColumnTypes } from './column-types.ts';

/**
 * One step of the schema. Steps only expand: programs of the same `major` run side by side on one database, so nothing
 * they read or write may vanish or change meaning. `major` grows when that cannot be kept.
 */
export interface Migration {
  readonly major: number;
  readonly minor: number;
  up(db: Kysely<Schema>, types: ColumnTypes): Promise<void>;
}
