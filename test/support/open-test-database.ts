import { onTestFinished } from 'vitest';
import { type Logger, silentLogger } from '../../src/core/log.ts';
import { Secret } from '../../src/core/secret.ts';
import type { Database } from '../../src/storage/database.ts';
import { openPostgres } from '../../src/storage/postgres/open-postgres.ts';

/** A PostgreSQL database that is closed after the test. */
export async function openTestDatabase(url: string, log: Logger = silentLogger): Promise<Database> {
  const database = await openPostgres({ databaseUrl: new Secret(url), log });
  onTestFinished(() => database[Symbol.asyncDispose]());
  return database;
}
