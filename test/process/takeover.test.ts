import { describe, expect, test } from 'vitest';
import { postgresStore, type StoreKind, sqliteStore } from '../support/chaos/open-at.ts';
import { takeOver } from '../support/chaos/takeover.ts';
import { postgresForTests } from '../support/postgres-cluster.ts';

// Locks and what each process writes are looked up in /proc. The long version is `npm run bench -- chaos`.
describe.skipIf(process.platform !== 'linux')('four servers started at once (seen through /proc, on Linux)', () => {
  function takeoverTest(kind: StoreKind): void {
    test('one at a time stores; another one takes over when it is killed, and nobody does while it is suspended, nor is anything lost', async () => {
      const report = await takeOver(kind, { kills: 1, suspendMs: 5_000 });
      expect(report).toMatchObject({ mostOwners: 1, strangers: 0, lost: 0 });
      expect(report).toMatchObject({ storedWhileSuspended: 0, othersWhileSuspended: 0 });
      expect(report.stores).toBeGreaterThan(2);
      for (const ms of [...report.ownerMs, ...report.storedMs]) expect(ms).toBeLessThan(15_000);
      // What was read between the death of one owner and the next is there.
      expect(report.longestGapMs).toBeLessThan(2_000);
      // And what others read while the owner was suspended.
      expect(report.suspendedGapMs).toBeLessThan(2_000);
    });
  }

  describe('on one data folder', () => takeoverTest(sqliteStore));

  describe('on one PostgreSQL database', () => {
    const cluster = postgresForTests();
    takeoverTest(postgresStore(cluster));
  });
});
