import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/schema.ts';
import { OpenManagerError } from '../core/errors.ts';
import { databaseFile } from '../storage/sqlite/protocol.ts';

/**
 * For who only reads: to open a database that is not there would make an empty one.
 * @throws `not_found` naming the data folder, when the database would be in it and is not
 */
export function assertDatabase({ databaseUrl, dataDir }: Pick<Config, 'databaseUrl' | 'dataDir'>): void {
  if (databaseUrl !== undefined || existsSync(join(dataDir, databaseFile))) return;
  throw new OpenManagerError(
    'not_found',
    `There is no database: ${dataDir} has no ${databaseFile}. Name the folder that has one with --data-dir; "openmanager serve" and "openmanager import" make one.`,
  );
}
