import { openTestDatabase } from '../support/open-test-database.ts';
import { postgresForTests } from '../support/postgres-cluster.ts';
import { openTemporary, temporaryDir } from '../unit/storage/support.ts';
import { copyContract } from './copy.ts';
import type { NewPlace } from './place.ts';

const cluster = postgresForTests();

const sqlite: NewPlace = async () => {
  const dataDir = temporaryDir();
  return () => openTemporary(dataDir);
};

const postgres: NewPlace = async () => {
  const url = await cluster().createDatabase();
  return () => openTestDatabase(url);
};

copyContract('a copy from SQLite to SQLite', sqlite, sqlite);
copyContract('a copy from SQLite to PostgreSQL', sqlite, postgres);
copyContract('a copy from PostgreSQL to SQLite', postgres, sqlite);
