import { expect, test, vi } from 'vitest';
import { findDatabase } from '../../../src/cli/doctor-database.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { silentLogger } from '../../../src/core/log.ts';
import { postgresForTests } from '../../support/postgres-cluster.ts';
import { temporaryDir } from '../../support/temporary-dir.ts';

vi.setConfig({ hookTimeout: 60_000 });

const cluster = postgresForTests();

function find(databaseUrl: string) {
  using dir = temporaryDir();
  const environment = { OPENMANAGER_DATABASE_URL: databaseUrl };
  const sources = { flags: {}, environment, configFile: undefined, workingDir: dir.path, platform: process.platform };
  return findDatabase(loadConfig(sources), silentLogger);
}

test('the doctor tells version, size and latency of PostgreSQL', async () => {
  expect(await find(await cluster().createDatabase())).toEqual({
    check: 'database',
    state: 'ok',
    found: expect.stringMatching(
      /^PostgreSQL \d+\.\d+.*, \d+ KiB \(history may take 102,400 MB\), answers in [\d.]+ ms$/,
    ),
  });
});

test('the doctor says what is wrong with PostgreSQL and what to do, and not where it is', async () => {
  const url = Object.assign(new URL(await cluster().createDatabase()), { pathname: '/nowhere', password: 'hunter2' });
  const finding = await find(url.href);
  expect(finding).toMatchObject({
    check: 'database',
    state: 'problem',
    fix: expect.stringContaining('OPENMANAGER_DATABASE_URL'),
  });
  expect(JSON.stringify(finding)).toContain('does not exist');
  expect(JSON.stringify(finding)).not.toMatch(/hunter2|127\.0\.0\.1/);
});
