import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/schema.ts';
import { toOpenManagerError } from '../core/errors.ts';
import { formatValue } from '../core/format.ts';
import type { Logger } from '../core/log.ts';
import { formatMegabytes, maxHistoryBytes } from '../metrics/history-limit.ts';
import { openHistory } from '../metrics/open-history.ts';
import type { Database } from '../storage/database.ts';
import type { Finding } from './finding.ts';

const check = 'database';

/** Opens the database as a start does, which creates the tables in an empty PostgreSQL database, and looks at it. */
export async function findDatabase(config: Config, log: Logger): Promise<Finding> {
  const { dataDir, databaseUrl } = config;
  if (databaseUrl === undefined && !existsSync(join(dataDir, 'openmanager.db')))
    return { check, state: 'ok', found: 'none yet, created at the first start' };
  try {
    await using database = await openHistory({ dataDir, databaseUrl, log });
    return await describe(database, maxHistoryBytes(config));
  } catch (error) {
    return {
      check,
      state: 'problem',
      found: toOpenManagerError(error).message,
      fix: databaseUrl
        ? 'mend what the message names; the URL is in OPENMANAGER_DATABASE_URL, or as "databaseUrl" in the configuration file'
        : 'mend what the message names, or start with another --data-dir',
    };
  }
}

async function describe(database: Database, maxBytes: number): Promise<Finding> {
  const size = `${formatValue(await database.sizeBytes(), 'By')} (history may take ${formatMegabytes(maxBytes)})`;
  if (database.kind === 'sqlite') return { check, state: 'ok', found: `SQLite, ${size}` };
  const { serverFacts } = await import('../storage/postgres/server-facts.ts');
  const { version, latencyMs, exposed } = await serverFacts(database);
  const found = `PostgreSQL ${version}, ${size}, answers in ${formatValue(latencyMs / 1000, 's')}`;
  if (!exposed) return { check, state: 'ok', found };
  return {
    check,
    state: 'warning',
    found: `${found}; the connection is not encrypted`,
    fix: 'add sslmode=verify-full to the database URL',
  };
}
