import type { Kysely } from 'kysely';
import { OpenManagerError } from '../../core/errors.ts';
import type { DatabaseKind } from '../database.ts';
import type { Schema } from '../schema.ts';
import { columnTypes } from './column-types.ts';
import type { Migration } from './migration.ts';

type Version = Pick<Migration, 'major' | 'minor'>;

/**
 * Brings the schema up to the last of `migrations`, all steps in one write transaction: a second process that starts at
 * the same time waits and then finds nothing to do. A newer minor version is left as it is.
 * @throws `storage_too_new` when the database has a newer major version; nothing was changed then.
 */
export async function migrate(db: Kysely<Schema>, kind: DatabaseKind, migrations: readonly Migration[]): Promise<void> {
  if ((await pending(db, kind, migrations)).length === 0) return;
  await db.transaction().execute(async (transaction) => {
    await columnTypes[kind].lockSchema.execute(transaction);
    for (const migration of await pending(transaction, kind, migrations)) {
      await migration.up(transaction, columnTypes[kind]);
      await transaction
        .insertInto('schema_version')
        .values({ major: migration.major, minor: migration.minor })
        .execute();
    }
  });
}

async function pending(
  db: Kysely<Schema>,
  kind: DatabaseKind,
  migrations: readonly Migration[],
): Promise<readonly Migration[]> {
  const known = migrations.at(-1);
  const current = await currentVersion(db, kind);
  if (current === undefined) {
    if (db.isTransaction) await createVersionTable(db, kind);
    return migrations;
  }
  if (known !== undefined && current.major > known.major) throw tooNew(current, known);
  return migrations.filter((migration) => isNewer(migration, current));
}

async function currentVersion(db: Kysely<Schema>, kind: DatabaseKind): Promise<Version | undefined> {
  const { rows } = await columnTypes[kind].findVersionTable.execute(db);
  if (rows.length === 0) return undefined;
  return db
    .selectFrom('schema_version')
    .select(['major', 'minor'])
    .orderBy('major', 'desc')
    .orderBy('minor', 'desc')
    .limit(1)
    .executeTakeFirst();
}

async function createVersionTable(db: Kysely<Schema>, kind: DatabaseKind): Promise<void> {
  const { integer, table } = columnTypes[kind];
  await db.schema
    .createTable('schema_version')
    .ifNotExists()
    .addColumn('major', integer, (column) => column.notNull())
    .addColumn('minor', integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('schema_version_key', ['major', 'minor'])
    .modifyEnd(table)
    .execute();
}

function isNewer(one: Version, other: Version): boolean {
  return one.major > other.major || (one.major === other.major && one.minor > other.minor);
}

function tooNew(found: Version, known: Version): OpenManagerError {
  return new OpenManagerError(
    'storage_too_new',
    `The database has schema ${found.major}.${found.minor}, written by a newer OpenManager; this one reads ` +
      `${known.major}.x. Update OpenManager or choose another data directory. Nothing was changed.`,
  );
}
