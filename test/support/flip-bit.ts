import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Damages the last byte of a chunk in the database of a data folder. @param row from 0, by key */
export function flipBit(dataDir: string, row: number): void {
  using database = new DatabaseSync(join(dataDir, 'openmanager.db'));
  const found = database.prepare('select id, data from chunk order by id limit 1 offset ?').get(row);
  const data = found?.data as Uint8Array;
  data[data.length - 1] = (data.at(-1) as number) ^ 64;
  database.prepare('update chunk set data = ? where id = ?').run(data, found?.id as number);
}
