import { type Kysely, sql } from 'kysely';
import type { Database } from '../storage/database.ts';
import type { Schema } from '../storage/schema.ts';
import { chunkHour, chunkSeries, hourMs } from './chunk-key.ts';
import { type Damage, noDamage } from './damage.ts';
import { isIntact } from './series-codec.ts';
import { readSeriesName } from './series-name-store.ts';

const pageChunks = 1_000;

interface FindDamageOptions {
  /** Is told how many chunks have been read. */
  readonly onChunks: (count: number) => void;
  readonly signal: AbortSignal;
}

/** Reads all chunks for those that are damaged. */
export async function findDamage(database: Database, { onChunks, signal }: FindDamageOptions): Promise<Damage> {
  const { db } = database;
  const found = createDamageCount();
  let count = 0;
  for (let after = -1; ; ) {
    signal.throwIfAborted();
    const query = sql`select id, n, data from chunk where id > ${after} order by id limit ${pageChunks}`;
    const { first, second, offsets, bytes } = await database.scan(query.compile(db));
    if (first.length === 0) return found.total(db);
    after = first.at(-1) as number;
    first.forEach((key, i) => {
      found.look(key, second[i] as number, bytes.subarray(offsets[i], offsets[i + 1]));
    });
    count += first.length;
    onChunks(count);
  }
}

/** Finds the damaged ones among chunks that are read anyway. */
export function createDamageCount() {
  let chunks = 0;
  let firstKey: number | undefined;
  return {
    look(key: number, n: number, data: Uint8Array): void {
      if (isIntact(data, n)) return;
      chunks += 1;
      firstKey ??= key;
    },
    /** @param db where the chunks are from, for the name of the first */
    async total(db: Kysely<Schema>): Promise<Damage> {
      if (firstKey === undefined) return noDamage;
      const id = chunkSeries(firstKey);
      const names = (await readSeriesName(db, id)) ?? { host: 'a host without a name', series: `series ${id}` };
      return { chunks, first: { ...names, startMs: chunkHour(firstKey) * hourMs } };
    },
  };
}
