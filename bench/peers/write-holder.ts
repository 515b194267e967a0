// Another process on the same SQLite file: holds a write for the milliseconds given, says `held`, and commits.
import { setTimeout as sleep } from 'node:timers/promises';
import { loadSqlite } from '../../src/storage/sqlite/load-sqlite.ts';

const [path = '', holdMs = ''] = process.argv.slice(2);
const { DatabaseSync } = loadSqlite();
const database = new DatabaseSync(path, { timeout: 5_000 });
database.exec('begin immediate');
database
  .prepare('insert into setting (key, value, changed_by, changed_ms) values (?, ?, ?, ?) on conflict do nothing')
  .run('bench', 'true', 'bench', 0);
console.log('held');
await sleep(Number(holdMs));
database.exec('commit');
database.close();
