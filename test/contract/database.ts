import fc from 'fast-check';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import type { Database } from '../../src/storage/database.ts';

/** What every database must do. `open` gives an empty one, closed after the test. */
export function databaseContract(name: string, open: () => Promise<Database>): void {
  const setting = (key: string, value: string) => ({ key, value, changed_by: 'test', changed_ms: 1 });

  describe(`${name} as a database`, () => {
    test('has the tables of the schema', async () => {
      const { db } = await open();
      const tables = await db.introspection.getTables();
      expect(tables.map((table) => table.name).sort()).toEqual(
        expect.arrayContaining(['audit', 'host', 'journal', 'layout', 'schema_version', 'series', 'setting']),
      );
    });

    test('gives text and whole numbers back as they were stored', async () => {
      const { db } = await open();
      const text = fc.string({ unit: 'binary' }).filter((value) => !value.includes('\0'));
      await fc.assert(
        fc.asyncProperty(text, fc.maxSafeInteger(), async (value, changedMs) => {
          await db.deleteFrom('setting').execute();
          await db
            .insertInto('setting')
            .values({ key: 'k', value, changed_by: 'test', changed_ms: changedMs })
            .execute();
          const stored = await db.selectFrom('setting').selectAll().executeTakeFirstOrThrow();
          expect(stored).toEqual({ key: 'k', value, changed_by: 'test', changed_ms: changedMs });
        }),
        { numRuns: 30 },
      );
    });

    test('keeps nothing of a transaction that failed', async () => {
      const { db } = await open();
      const failing = db.transaction().execute(async (transaction) => {
        await transaction.insertInto('setting').values(setting('k', '1')).execute();
        throw new Error('stop');
      });
      await expect(failing).rejects.toThrow('stop');
      expect(await db.selectFrom('setting').selectAll().execute()).toEqual([]);
    });

    test('keeps what runs beside a transaction out of it', async () => {
      const { db } = await open();
      const inside = Promise.withResolvers<void>();
      const goOn = Promise.withResolvers<void>();
      const transaction = db.transaction().execute(async (transaction) => {
        await transaction.insertInto('setting').values(setting('inside', '1')).execute();
        inside.resolve();
        await goOn.promise;
        throw new Error('stop');
      });
      await inside.promise;
      const outside = db.insertInto('setting').values(setting('outside', '1')).execute();
      goOn.resolve();
      await expect(transaction).rejects.toThrow('stop');
      await outside;
      const keys = await db.selectFrom('setting').select('key').execute();
      expect(keys).toEqual([{ key: 'outside' }]);
    });

    test('counts what a statement changed', async () => {
      const { db } = await open();
      await db
        .insertInto('setting')
        .values([setting('a', '1'), setting('b', '1')])
        .execute();
      const { numUpdatedRows } = await db.updateTable('setting').set({ value: '2' }).executeTakeFirstOrThrow();
      expect(numUpdatedRows).toBe(2n);
    });

    test('says "conflict" of a change that contradicts what is stored', async () => {
      const { db } = await open();
      await db.insertInto('setting').values(setting('k', '1')).execute();
      await expect(db.insertInto('setting').values(setting('k', '2')).execute()).rejects.toMatchObject({
        code: 'conflict',
      });
    });

    test('does not repeat to the caller what the driver said', async () => {
      const { db } = await open();
      const failing = sql`select secret_of_the_driver`.execute(db);
      await expect(failing).rejects.toMatchObject({
        code: 'internal',
        message: expect.not.stringContaining('secret_of_the_driver'),
        cause: { message: expect.stringContaining('secret_of_the_driver') },
      });
    });

    test('packs the rows of a scan', async () => {
      const database = await open();
      const { db } = database;
      await db.insertInto('host').values({ name: 'h' }).execute();
      const { id } = await db.selectFrom('host').select('id').executeTakeFirstOrThrow();
      const row = fc.record({ layout_id: fc.maxSafeInteger(), vals: fc.uint8Array({ maxLength: 300 }) });
      await fc.assert(
        fc.asyncProperty(fc.array(row, { maxLength: 50 }), async (rows) => {
          await db.deleteFrom('journal').execute();
          const stored = rows.map((row, i) => ({ ...row, host_id: id, time_ms: 2 ** 41 + i }));
          if (stored.length > 0) await db.insertInto('journal').values(stored).execute();
          const query = db.selectFrom('journal').select(['time_ms', 'layout_id', 'vals']).orderBy('time_ms').limit(100);
          const { first, second, offsets, bytes } = await database.scan(query.compile());
          expect([...first]).toEqual(stored.map((row) => row.time_ms));
          expect([...second]).toEqual(stored.map((row) => row.layout_id));
          expect(offsets.length).toBe(stored.length + 1);
          expect(stored.map((_row, i) => bytes.subarray(offsets[i], offsets[i + 1]))).toEqual(
            stored.map((row) => row.vals),
          );
          expect(bytes.byteOffset).toBe(0);
        }),
        { numRuns: 30 },
      );
    });

    test('has one owner, who may ask again and give it up', async () => {
      const ownership = (await open()).ownership('maintain');
      expect(await ownership.tryAcquire()).toBe(true);
      expect(await ownership.tryAcquire()).toBe(true);
      await ownership.release();
      await ownership.release();
      expect(await ownership.tryAcquire()).toBe(true);
    });

    test('tells how much it takes on disk', async () => {
      const database = await open();
      expect(await database.sizeBytes()).toBeGreaterThan(4_096);
    });

    test('refuses to be used after it was closed', async () => {
      const database = await open();
      await database[Symbol.asyncDispose]();
      await expect(database.db.selectFrom('host').selectAll().execute()).rejects.toMatchObject({ code: 'unavailable' });
    });
  });
}
