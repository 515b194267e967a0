import type { CompiledQuery } from 'kysely';
import type { ClientBase, CustomTypesConfig } from 'pg';
import type { PackedRows } from '../database.ts';

/** Values as the server writes them: numbers in decimal, bytes as `\x` and hexadecimal digits. */
const asText: CustomTypesConfig = { getTypeParser: () => (text: string | Buffer) => text };

/**
 * Runs a query of (integer, integer, bytes or null). Throws what pg throws. In text: pg 8.23 damages binary results
 * (https://github.com/brianc/node-postgres/issues/3495).
 */
export async function scanPacked(client: ClientBase, query: CompiledQuery): Promise<PackedRows> {
  const rows = await textRows<[first: string, second: string, bytes: string | null]>(client, query);
  const first = new Float64Array(rows.length);
  const second = new Float64Array(rows.length);
  const offsets = new Uint32Array(rows.length + 1);
  rows.forEach((row, i) => {
    first[i] = Number(row[0]);
    second[i] = Number(row[1]);
    offsets[i + 1] = (offsets[i] as number) + (row[2] === null ? 0 : (row[2].length - 2) / 2);
  });
  const bytes = new Uint8Array(offsets[rows.length] as number);
  const target = Buffer.from(bytes.buffer);
  rows.forEach((row, i) => {
    if (row[2] !== null) target.write(row[2].slice(2), offsets[i] as number, 'hex');
  });
  return { first, second, offsets, bytes };
}

/** Runs a query of numbers: one row after the other, null as NaN. Throws what pg throws. */
export async function scanNumbers(client: ClientBase, query: CompiledQuery): Promise<Float64Array> {
  const rows = await textRows<(string | null)[]>(client, query);
  const width = rows[0]?.length ?? 0;
  const numbers = new Float64Array(rows.length * width);
  rows.forEach((row, i) => {
    for (let j = 0; j < width; j += 1) numbers[i * width + j] = Number(row[j] ?? Number.NaN);
  });
  return numbers;
}

async function textRows<R extends unknown[]>(client: ClientBase, { sql, parameters }: CompiledQuery): Promise<R[]> {
  const values = parameters as unknown[];
  return (await client.query<R>({ text: sql, values, rowMode: 'array', types: asText })).rows;
}
