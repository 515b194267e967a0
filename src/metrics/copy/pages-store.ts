import type { Kysely, Selectable } from 'kysely';
import type { Schema } from '../../storage/schema.ts';

/** Tables whose rows are numbered. */
type Numbered = 'chunk' | 'audit' | 'forecast';

const pageRows = 500;

/** All rows with an id above `after`, in order, in pages that are never empty. */
export async function* pagesById<T extends Numbered>(
  db: Kysely<Schema>,
  table: T,
  after = -1,
): AsyncGenerator<Selectable<Schema[T]>[], void> {
  for (let last = after; ; ) {
    // The three tables as one, as all that is named of them is their id.
    const rows = (await db
      .selectFrom(table as Numbered)
      .selectAll()
      .where('id', '>', last)
      .orderBy('id')
      .limit(pageRows)
      .execute()) as (Selectable<Schema[T]> & { id: number })[];
    if (rows.length === 0) return;
    last = rows.at(-1)?.id as number;
    yield rows;
  }
}
