import type { Migration } from './migration.ts';

export const initial: Migration = {
  major: 1,
  minor: 0,
  async up(db, { integer, real, bytes, generatedKey, table, clusteredTable, keepBytesAsTheyAre }) {
    await db.schema
      .createTable('host')
      .addColumn('id', integer, generatedKey)
      .addColumn('name', 'text', (column) => column.notNull().unique())
      .modifyEnd(table)
      .execute();
    await db.schema
      .createTable('series')
      .addColumn('id', integer, generatedKey)
      .addColumn('host_id', integer, (column) => column.notNull().references('host.id'))
      .addColumn('metric', 'text', (column) => column.notNull())
      .addColumn('labels', 'text', (column) => column.notNull())
      .addColumn('unit', 'text', (column) => column.notNull())
      .addUniqueConstraint('series_identity', ['host_id', 'metric', 'labels', 'unit'])
      .modifyEnd(table)
      .execute();
    await db.schema
      .createTable('layout')
      .addColumn('id', integer, generatedKey)
      .addColumn('host_id', integer, (column) => column.notNull().references('host.id'))
      .addColumn('series_ids', bytes, (column) => column.notNull())
      .addColumn('first_ms', integer, (column) => column.notNull())
      .addColumn('last_ms', integer, (column) => column.notNull())
      .modifyEnd(table)
      .execute();
    await db.schema.createIndex('layout_host').on('layout').column('host_id').execute();
    await db.schema
      .createTable('journal')
      .addColumn('host_id', integer, (column) => column.notNull().references('host.id'))
      .addColumn('time_ms', integer, (column) => column.notNull())
      .addColumn('layout_id', integer, (column) => column.notNull())
      .addColumn('vals', bytes, (column) => column.notNull())
      .addPrimaryKeyConstraint('journal_key', ['host_id', 'time_ms'])
      .modifyEnd(clusteredTable)
      .execute();
    await keepBytesAsTheyAre('journal', 'vals').execute(db);
    await db.schema
      .createTable('audit')
      .addColumn('id', integer, generatedKey)
      .addColumn('time_ms', integer, (column) => column.notNull())
      .addColumn('subject', 'text', (column) => column.notNull())
      .addColumn('roles', 'text', (column) => column.notNull())
      .addColumn('transport', 'text', (column) => column.notNull())
      .addColumn('session', 'text')
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('action', 'text', (column) => column.notNull())
      .addColumn('arguments', 'text', (column) => column.notNull())
      .addColumn('decision', 'text', (column) => column.notNull())
      .addColumn('outcome', 'text', (column) => column.notNull())
      .addColumn('error_code', 'text')
      .addColumn('duration_ms', real, (column) => column.notNull())
      .modifyEnd(table)
      .execute();
    await db.schema.createIndex('audit_time').on('audit').columns(['time_ms', 'id']).execute();
    await db.schema
      .createTable('setting')
      .addColumn('key', 'text', (column) => column.primaryKey())
      .addColumn('value', 'text', (column) => column.notNull())
      .addColumn('changed_by', 'text', (column) => column.notNull())
      .addColumn('changed_ms', integer, (column) => column.notNull())
      .modifyEnd(table)
      .execute();
  },
};
