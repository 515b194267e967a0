import type { Migration } from './migration.ts';

export const chunks: Migration = {
  major: 1,
  minor: 1,
  async up(db, { integer, real, bytes, generatedKey, table, keepBytesAsTheyAre }) {
    await db.schema
      .createTable('chunk')
      .addColumn('id', integer, (column) => column.primaryKey())
      .addColumn('n', integer, (column) => column.notNull())
      .addColumn('min', real, (column) => column.notNull())
      .addColumn('max', real, (column) => column.notNull())
      .addColumn('sum', real, (column) => column.notNull())
      .addColumn('first', real, (column) => column.notNull())
      .addColumn('last', real, (column) => column.notNull())
      .addColumn('data', bytes, (column) => column.notNull())
      .modifyEnd(table)
      .execute();
    await keepBytesAsTheyAre('chunk', 'data').execute(db);
    for (const column of ['first_ms', 'last_ms'] as const)
      await db.schema.alterTable('series').addColumn(column, integer).execute();
    await db.schema
      .createTable('event')
      .addColumn('id', integer, generatedKey)
      .addColumn('time_ms', integer, (column) => column.notNull())
      .addColumn('topic', 'text', (column) => column.notNull())
      .addColumn('payload', 'text', (column) => column.notNull())
      .modifyEnd(table)
      .execute();
    await db.schema
      .createTable('owner')
      .addColumn('role', 'text', (column) => column.primaryKey())
      .addColumn('epoch', integer, (column) => column.notNull())
      .modifyEnd(table)
      .execute();
  },
};
