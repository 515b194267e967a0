import type { Migration } from './migration.ts';

export const anomalies: Migration = {
  major: 1,
  minor: 3,
  async up(db, { integer, real, bytes, generatedKey, table, keepBytesAsTheyAre }) {
    await db.schema
      .createTable('anomaly')
      .addColumn('id', integer, generatedKey)
      .addColumn('host_id', integer, (column) => column.notNull())
      .addColumn('metric', 'text', (column) => column.notNull())
      .addColumn('labels', 'text', (column) => column.notNull())
      .addColumn('unit', 'text', (column) => column.notNull())
      .addColumn('start_ms', integer, (column) => column.notNull())
      .addColumn('end_ms', integer)
      .addColumn('last_ms', integer, (column) => column.notNull())
      .addColumn('peak_ms', integer, (column) => column.notNull())
      .addColumn('value', real, (column) => column.notNull())
      .addColumn('expected', real)
      .addColumn('lower', real)
      .addColumn('upper', real)
      .addColumn('score', real, (column) => column.notNull())
      .addColumn('severity', 'text', (column) => column.notNull())
      .addColumn('direction', 'text', (column) => column.notNull())
      .addColumn('group_id', integer)
      .addColumn('hypotheses', 'text')
      .addUniqueConstraint('anomaly_identity', ['host_id', 'start_ms', 'metric', 'labels', 'unit'])
      .modifyEnd(table)
      .execute();
    await db.schema.createIndex('anomaly_start').on('anomaly').column('start_ms').execute();
    await db.schema.createIndex('anomaly_end').on('anomaly').columns(['host_id', 'end_ms']).execute();
    await db.schema
      .createTable('detector_state')
      .addColumn('host_id', integer, (column) => column.notNull())
      .addColumn('piece', integer, (column) => column.notNull())
      .addColumn('format', integer, (column) => column.notNull())
      .addColumn('time_ms', integer, (column) => column.notNull())
      .addColumn('data', bytes, (column) => column.notNull())
      .addPrimaryKeyConstraint('detector_state_key', ['host_id', 'piece'])
      .modifyEnd(table)
      .execute();
    await keepBytesAsTheyAre('detector_state', 'data').execute(db);
  },
};
