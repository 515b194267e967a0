import { type Kysely, type RawBuilder, sql } from 'kysely';
import { OpenManagerError } from '../core/errors.ts';
import type { Database, DatabaseKind } from '../storage/database.ts';
import type { Schema } from '../storage/schema.ts';
import { encodeValues } from './journal-codec.ts';
import type { LayoutRef } from './layout-store.ts';

export interface JournalRow extends LayoutRef {
  readonly timeMs: number;
  readonly values: Float64Array;
}

/** A layout known by its id was removed, by another process, with the last of its samples. */
export class LayoutGone extends OpenManagerError {
  constructor() {
    super('conflict', 'The stored series changed meanwhile. Try again.');
  }
}

const rowsAtOnce = 500;

/**
 * Stores rows of the journal, in the place of those of the same host and time, and widens the spans of their layouts.
 * @throws LayoutGone when one of the layouts is no longer there; the transaction has to be given up then.
 */
export async function storeRows(
  { kind }: Database,
  transaction: Kysely<Schema>,
  rows: readonly JournalRow[],
): Promise<void> {
  for (let at = 0; at < rows.length; at += rowsAtOnce) {
    const some = rows.slice(at, at + rowsAtOnce);
    const spans = spansOf(some);
    const widened = await write[kind](transaction, upsert(some), widen(spans));
    if (widened !== spans.size) throw new LayoutGone();
  }
}

type Write = (db: Kysely<Schema>, upsert: RawBuilder<unknown>, widen: RawBuilder<unknown>) => Promise<number>;

/** Both statements; the number of layouts that were there. A round trip to a server costs more than a statement. */
const write = {
  async sqlite(db, upsert, widen) {
    await upsert.execute(db);
    return Number((await sql`with ${widen}`.execute(db)).numAffectedRows);
  },
  postgres: async (db, upsert, widen) =>
    Number((await sql`with added as (${upsert}), ${widen}`.execute(db)).numAffectedRows),
} as const satisfies Record<DatabaseKind, Write>;

function upsert(rows: readonly JournalRow[]): RawBuilder<unknown> {
  const values = rows.map(
    ({ hostId, timeMs, layoutId, values }) => sql`(${hostId}, ${timeMs}, ${layoutId}, ${encodeValues(values)})`,
  );
  return sql`
    insert into journal (host_id, time_ms, layout_id, vals) values ${sql.join(values)}
    on conflict (host_id, time_ms) do update set layout_id = excluded.layout_id, vals = excluded.vals`;
}

interface Span {
  readonly firstMs: number;
  readonly lastMs: number;
}

function widen(spans: ReadonlyMap<number, Span>): RawBuilder<unknown> {
  const values = [...spans].map(
    ([id, { firstMs, lastMs }]) => sql`(cast(${id} as bigint), cast(${firstMs} as bigint), cast(${lastMs} as bigint))`,
  );
  return sql`
    seen(id, first_ms, last_ms) as (values ${sql.join(values)})
    update layout set
      first_ms = case when seen.first_ms < layout.first_ms then seen.first_ms else layout.first_ms end,
      last_ms = case when seen.last_ms > layout.last_ms then seen.last_ms else layout.last_ms end
    from seen where layout.id = seen.id`;
}

/** Of each layout. */
function spansOf(rows: readonly JournalRow[]): Map<number, Span> {
  const spans = new Map<number, Span>();
  for (const { layoutId, timeMs } of rows) {
    const { firstMs, lastMs } = spans.get(layoutId) ?? { firstMs: timeMs, lastMs: timeMs };
    spans.set(layoutId, { firstMs: Math.min(firstMs, timeMs), lastMs: Math.max(lastMs, timeMs) });
  }
  return spans;
}
