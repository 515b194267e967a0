import type { Migration } from './migration.ts';

export const forecasts: Migration = {
  major: 1,
  minor: 2,
  async up(db, { integer, real, bytes, generatedKey, table, keepBytesAsTheyAre }) {
    await db.schema
      .createTable('forecast_track')
      .addColumn('key', 'text', (column) => column.primaryKey())
      .addColumn('host', 'text', (column) => column.notNull())
      .addColumn('metric', 'text', (column) => column.notNull())
      .addColumn('labels', 'text', (column) => column.notNull())
      .addColumn('unit', 'text', (column) => column.notNull())
      .addColumn('step_ms', integer, (column) => column.notNull())
      .addColumn('horizon', integer, (column) => column.notNull())
      .addColumn('level', real, (column) => column.notNull())
      .addColumn('asked_ms', integer, (column) => column.notNull())
      .addColumn('scheduled_ms', integer, (column) => column.notNull())
      .addColumn('preference', 'text')
      .modifyEnd(table)
      .execute();
    await db.schema
      .createTable('forecast')
      .addColumn('id', integer, generatedKey)
      .addColumn('track', 'text', (column) => column.notNull())
      .addColumn('start_ms', integer, (column) => column.notNull())
      .addColumn('end_ms', integer, (column) => column.notNull())
      .addColumn('horizon', integer, (column) => column.notNull())
      .addColumn('issued_ms', integer, (column) => column.notNull())
      .addColumn('scheduled', integer, (column) => column.notNull())
      .addColumn('level', real, (column) => column.notNull())
      .addColumn('baseline', 'text', (column) => column.notNull())
      .addColumn('models', 'text', (column) => column.notNull())
      .addColumn('scale', real, (column) => column.notNull())
      .addColumn('predictions', bytes)
      .addColumn('due_ms', integer)
      .addColumn('resolved_ms', integer)
      .addColumn('known', integer)
      .addColumn('inside', integer)
      .addColumn('mase', real)
      .addColumn('baseline_mase', real)
      .addColumn('losses', 'text')
      .addUniqueConstraint('forecast_identity', ['track', 'start_ms', 'horizon'])
      .modifyEnd(table)
      .execute();
    await keepBytesAsTheyAre('forecast', 'predictions').execute(db);
    await db.schema.createIndex('forecast_due').on('forecast').column('due_ms').execute();
  },
};
