// Opens the database and prints `ok` or the error's code.
import { silentLogger } from '../../../../src/core/log.ts';
import { openSqlite } from '../../../../src/storage/sqlite/open-sqlite.ts';

const [dataDir = ''] = process.argv.slice(2);
try {
  const database = await openSqlite({ dataDir, log: silentLogger });
  await database[Symbol.asyncDispose]();
  process.stdout.write('ok\n');
} catch (error) {
  process.stdout.write(`${(error as { code?: string }).code}: ${(error as Error).message}\n`);
}
