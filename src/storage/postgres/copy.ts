import type { Insertable } from 'kysely';
import type { ClientBase, Connection, Submittable } from 'pg';
import type { BulkTable } from '../database.ts';
import type { Schema } from '../schema.ts';

type ColumnType = 'int8' | 'float8' | 'bytea';

const columns = {
  journal: { host_id: 'int8', time_ms: 'int8', layout_id: 'int8', vals: 'bytea' },
  chunk: {
    id: 'int8',
    n: 'int8',
    min: 'float8',
    max: 'float8',
    sum: 'float8',
    first: 'float8',
    last: 'float8',
    data: 'bytea',
  },
} as const satisfies { readonly [T in BulkTable]: Readonly<Record<keyof Schema[T], ColumnType>> };

/** Adds rows by COPY, which takes a fraction of what INSERT takes. Throws what pg throws. */
export async function copyRows<T extends BulkTable>(
  client: ClientBase,
  table: T,
  rows: readonly Insertable<Schema[T]>[],
): Promise<void> {
  const names = Object.keys(columns[table]).map((name) => `"${name}"`);
  const statement = `copy "${table}" (${names.join(', ')}) from stdin (format binary)`;
  await new Promise<void>((resolve, reject) => {
    const done = (error?: Error | null) => (error ? reject(error) : resolve());
    client.query(createCopy(statement, encodeRows(columns[table], rows), done));
  });
}

/** A query as `pg` runs it, with the methods that it calls; it replaces `callback` by one that ends its timeout too. */
interface Copy extends Submittable {
  callback: (error?: Error | null) => void;
  handleCopyInResponse(connection: Connection): void;
  handleCommandComplete(): void;
  handleReadyForQuery(): void;
  handleError(error: Error): void;
}

/** What pg-copy-streams does for streams, in one go: the rows are in memory. */
function createCopy(statement: string, data: Uint8Array, callback: Copy['callback']): Copy {
  return {
    callback,
    submit: (connection) => connection.query(statement),
    handleCopyInResponse({ stream }) {
      // CopyData and CopyDone (https://www.postgresql.org/docs/current/protocol-message-formats.html).
      const header = Buffer.from('d----');
      header.writeUInt32BE(data.length + 4, 1);
      stream.write(header);
      stream.write(data);
      stream.write(Buffer.from([0x63, 0, 0, 0, 4]));
    },
    handleCommandComplete: () => {},
    handleReadyForQuery() {
      this.callback(null);
    },
    handleError(error) {
      this.callback(error);
    },
  };
}

const signature = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
/** Two int32: flags, and the size of a header's extension. */
const headerSize = signature.length + 8;

/** The binary format of COPY (https://www.postgresql.org/docs/current/sql-copy.html). */
function encodeRows(
  types: Readonly<Record<string, ColumnType>>,
  rows: readonly Readonly<Record<string, unknown>>[],
): Uint8Array {
  const fields = Object.entries(types);
  const sizeOf = (row: Readonly<Record<string, unknown>>) =>
    fields.reduce((sum, [name, type]) => sum + 4 + (type === 'bytea' ? (row[name] as Uint8Array).length : 8), 2);
  const buffer = Buffer.alloc(rows.reduce((sum, row) => sum + sizeOf(row), headerSize + 2));
  signature.copy(buffer);
  let at = headerSize;
  for (const row of rows) {
    at = buffer.writeInt16BE(fields.length, at);
    for (const [name, type] of fields) at = writeField(buffer, at, type, row[name]);
  }
  buffer.writeInt16BE(-1, at);
  return buffer;
}

function writeField(buffer: Buffer, at: number, type: ColumnType, value: unknown): number {
  if (type === 'bytea') {
    const bytes = value as Uint8Array;
    const start = buffer.writeInt32BE(bytes.length, at);
    buffer.set(bytes, start);
    return start + bytes.length;
  }
  const start = buffer.writeInt32BE(8, at);
  return type === 'int8'
    ? buffer.writeBigInt64BE(BigInt(value as number), start)
    : buffer.writeDoubleBE(value as number, start);
}
