import { openTestDatabase } from '../support/open-test-database.ts';
import { postgresForTests } from '../support/postgres-cluster.ts';
import { databaseContract } from './database.ts';

const cluster = postgresForTests();

databaseContract('PostgreSQL', async () => openTestDatabase(await cluster().createDatabase()));
