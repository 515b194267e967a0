import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from } from 'pg-copy-streams';
import type { Reading } from '../../src/metrics/reading.ts';
import { openFile } from '../../src/storage/sqlite/open-file.ts';
import { seriesCount } from './history.ts';

/** A table with a row a sample, the way it is done without thinking. */
export interface RowTable extends AsyncDisposable {
  /** The statement that fills it. */
  readonly name: string;
  /** All in one transaction, which is on disk when it resolves. */
  append(readings: readonly Reading[]): Promise<void>;
}

/** With the program's own pragmas, on the calling thread: nothing has to be copied to another one. */
export function createSqliteRows(path: string): RowTable {
  const database = openFile(path);
  database.exec(`create table sample (
    series_id integer not null, time_ms integer not null, value real not null, primary key (series_id, time_ms)
  ) without rowid, strict`);
  const insert = database.prepare('insert into sample values (?, ?, ?)');
  return {
    name: 'prepared inserts',
    async append(readings) {
      database.exec('begin immediate');
      for (const { timestampMs, values } of readings)
        for (let i = 0; i < values.length; i++) insert.run(i, timestampMs, values[i] ?? 0);
      database.exec('commit');
    },
    [Symbol.asyncDispose]: async () => database.close(),
  };
}

const createSampleTable = `create table sample (
  series_id integer not null, time_ms bigint not null, value double precision not null, primary key (series_id, time_ms)
)`;

export async function createCopiedRows(url: string): Promise<RowTable> {
  const client = await connect(url);
  return {
    name: 'COPY',
    append: (readings) =>
      pipeline(Readable.from([binaryRows(readings)]), client.query(from('copy sample from stdin (format binary)'))),
    [Symbol.asyncDispose]: () => client.end(),
  };
}

export async function createInsertedRows(url: string): Promise<RowTable> {
  const client = await connect(url);
  const text = 'insert into sample select * from unnest($1::integer[], $2::bigint[], $3::double precision[])';
  return {
    name: 'INSERT of arrays',
    async append(readings) {
      const ids = readings.flatMap(({ values }) => Array.from(values.keys()));
      const times = readings.flatMap(({ timestampMs, values }) => Array.from(values, () => timestampMs));
      const values = readings.flatMap((reading) => Array.from(reading.values));
      await client.query({ name: 'insert', text, values: [ids, times, values] });
    },
    [Symbol.asyncDispose]: () => client.end(),
  };
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(createSampleTable);
  return client;
}

const header = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]);
const rowBytes = 2 + 4 + 4 + 4 + 8 + 4 + 8;

/** https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format". */
function binaryRows(readings: readonly Reading[]): Buffer {
  const buffer = Buffer.alloc(header.length + readings.length * seriesCount * rowBytes + 2);
  let at = header.copy(buffer);
  for (const { timestampMs, values } of readings) {
    const time = BigInt(timestampMs);
    for (let i = 0; i < values.length; i++) {
      at = buffer.writeInt16BE(3, at);
      at = buffer.writeInt32BE(i, buffer.writeInt32BE(4, at));
      at = buffer.writeBigInt64BE(time, buffer.writeInt32BE(8, at));
      at = buffer.writeDoubleBE(values[i] ?? 0, buffer.writeInt32BE(8, at));
    }
  }
  buffer.writeInt16BE(-1, at);
  return buffer;
}
