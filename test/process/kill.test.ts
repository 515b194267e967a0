import { describe, expect, test } from 'vitest';
import { killAppends } from '../support/chaos/kill-appends.ts';
import { killCompactions } from '../support/chaos/kill-compactions.ts';
import { killMigrations } from '../support/chaos/kill-migrations.ts';
import { killRetention } from '../support/chaos/kill-retention.ts';
import { postgresStore, type StoreKind, sqliteStore } from '../support/chaos/open-at.ts';
import type { KillReport } from '../support/chaos/report.ts';
import { postgresForTests } from '../support/postgres-cluster.ts';

// The long version is `npm run bench -- chaos`.

function expectNothingLost(report: KillReport): void {
  expect(report).toMatchObject({ lost: 0, doubled: 0, wrong: 0, contradictions: [] });
  expect(report.acknowledged).toBeGreaterThan(0);
  expect(report.read).toBeGreaterThanOrEqual(report.acknowledged);
}

function killTests(kind: StoreKind): void {
  test('readings that were acknowledged are there when the owner is killed while it appends', async () => {
    expectNothingLost(await killAppends(kind, { kills: 3, seed: 11 }));
  });

  test('nothing is lost or doubled when the owner is killed while it compacts what another process imports into', async () => {
    expectNothingLost(await killCompactions(kind, { kills: 1, seed: 12 }));
  });

  test('nothing that is kept is lost, and the rest goes the next time, when the owner is killed while it deletes', async () => {
    expectNothingLost(await killRetention(kind, { kills: 1, seed: 13 }));
  });

  test('an old database is brought up to date, whole, when processes that do so are killed', async () => {
    expectNothingLost(await killMigrations(kind, { kills: 2, seed: 14 }));
  });
}

describe('on SQLite', () => killTests(sqliteStore));

describe('on PostgreSQL', () => {
  const cluster = postgresForTests();
  killTests(postgresStore(cluster));
});
