// Tries to become the owner, prints whether it did, and lives until it is killed.
import { silentLogger } from '../../../../src/core/log.ts';
import { openSqlite } from '../../../../src/storage/sqlite/open-sqlite.ts';

const [dataDir = ''] = process.argv.slice(2);
const database = await openSqlite({ dataDir, log: silentLogger });
process.stdout.write(`${await database.ownership('maintain').tryAcquire()}\n`);
setInterval(() => {}, 60_000);
