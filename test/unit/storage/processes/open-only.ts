// Opens the database and leaves it open.
import { silentLogger } from '../../../../src/core/log.ts';
import { openSqlite } from '../../../../src/storage/sqlite/open-sqlite.ts';

const [dataDir = ''] = process.argv.slice(2);
await openSqlite({ dataDir, log: silentLogger });
