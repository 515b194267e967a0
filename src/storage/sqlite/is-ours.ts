import { loadSqlite } from './load-sqlite.ts';

const ours = ['schema_version', 'host', 'series', 'journal', 'audit', 'setting'];

/** Whether a file is a database with our tables: any other, opened as ours, would get them. Blocks, for moments. */
export function isOurs(path: string): boolean {
  const { DatabaseSync } = loadSqlite();
  try {
    using database = new DatabaseSync(path, { readOnly: true });
    const rows = database.prepare("select name from sqlite_schema where type = 'table'").all();
    const names = new Set(rows.map(({ name }) => name));
    return ours.every((name) => names.has(name));
  } catch {
    return false;
  }
}
