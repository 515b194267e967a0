import fc from 'fast-check';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { migrations } from '../../src/storage/migrations/index.ts';
import type { NewPlace } from './place.ts';

/** What every database must do. */
export function databaseContract(name: string, newPlace: NewPlace): void {
  const open = async () => (await newPlace())();
  const extremes = {
    min: -Number.MAX_VALUE,
    max: Number.MAX_VALUE,
    sum: Number.MIN_VALUE,
    first: Number.POSITIVE_INFINITY,
    last: 0.1 + 0.2,
  };
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

    test('lets another connection own only when the owner has given it up', async () => {
      const place = await newPlace();
      const [one, other] = [(await place()).ownership('maintain'), (await place()).ownership('maintain')];
      expect(await Promise.all([one.tryAcquire(), one.tryAcquire()])).toEqual([true, true]);
      expect(await other.tryAcquire()).toBe(false);
      await one.release();
      expect(await other.tryAcquire()).toBe(true);
      expect(await one.tryAcquire()).toBe(false);
    });

    test("keeps what the owner's transaction wrote, and refuses that of who does not own", async () => {
      const place = await newPlace();
      const [one, other] = [await place(), await place()];
      const write = (database: typeof one, key: string) =>
        database.ownership('maintain').transaction(async (transaction) => {
          await transaction.insertInto('setting').values(setting(key, '1')).execute();
          return key;
        });
      await expect(write(one, 'before')).rejects.toMatchObject({ code: 'conflict' });
      await one.ownership('maintain').tryAcquire();
      expect(await write(one, 'owner')).toBe('owner');
      await expect(write(other, 'other')).rejects.toMatchObject({ code: 'conflict' });
      await one.ownership('maintain').release();
      await expect(write(one, 'after')).rejects.toMatchObject({ code: 'conflict' });
      expect(await one.db.selectFrom('setting').select('key').execute()).toEqual([{ key: 'owner' }]);
    });

    test('adds many rows at once, and none when there are none', async () => {
      const database = await open();
      await database.db.insertInto('host').values({ name: 'h' }).execute();
      const { id: hostId } = await database.db.selectFrom('host').select('id').executeTakeFirstOrThrow();
      const value = fc.double({ noNaN: true }).map((number) => number + 0);
      const chunk = fc.record({ min: value, max: value, sum: value, first: value, last: value, data: fc.uint8Array() });
      const vals = fc.uint8Array({ maxLength: 5_000 });
      await fc.assert(
        fc.asyncProperty(fc.array(chunk, { maxLength: 20 }), fc.array(vals, { maxLength: 20 }), async (some, blobs) => {
          await database.db.deleteFrom('chunk').execute();
          await database.db.deleteFrom('journal').execute();
          const chunks = some.map((row, i) => ({ ...row, id: Number.MAX_SAFE_INTEGER - 20 + i, n: i }));
          const journal = blobs.map((vals, i) => ({ host_id: hostId, time_ms: -i, layout_id: 2 ** 40 + i, vals }));
          await database.db.transaction().execute(async (transaction) => {
            await database.bulkInsert(transaction, 'chunk', chunks);
            await database.bulkInsert(transaction, 'journal', journal);
          });
          expect(await database.db.selectFrom('chunk').selectAll().orderBy('id').execute()).toEqual(chunks);
          const stored = await database.db.selectFrom('journal').selectAll().orderBy('time_ms', 'desc').execute();
          expect(stored).toEqual(journal.map((row) => ({ ...row, time_ms: row.time_ms + 0 })));
        }),
        {
          numRuns: 20,
          examples: [
            [[{ ...extremes, data: new Uint8Array(0) }], [new Uint8Array(0), new Uint8Array(1_000_000).fill(7)]],
          ],
        },
      );
    });

    test.each([1, 3_000])('says "conflict" when one of %i rows added at once is there already', async (count) => {
      const database = await open();
      await database.db.insertInto('host').values({ name: 'h' }).execute();
      const { id: hostId } = await database.db.selectFrom('host').select('id').executeTakeFirstOrThrow();
      const rows = Array.from({ length: count }, (_, i) => ({
        host_id: hostId,
        time_ms: i,
        layout_id: 1,
        vals: new Uint8Array(1_000),
      }));
      const insert = (some: typeof rows) =>
        database.db.transaction().execute((transaction) => database.bulkInsert(transaction, 'journal', some));
      await insert(rows.slice(0, 1));
      await expect(insert(rows)).rejects.toMatchObject({ code: 'conflict' });
      const stored = await database.db.selectFrom('journal').select('time_ms').execute();
      expect(stored).toEqual([{ time_ms: 0 }]);
    });

    test('scans numbers, row after row', async () => {
      const database = await open();
      const query = sql<object>`select 1 as a, null as b, -0.5 as c union all select 9007199254740991, 2, 3 order by a`;
      const numbers = await database.scanNumbers(query.compile(database.db));
      expect([...numbers]).toEqual([1, Number.NaN, -0.5, Number.MAX_SAFE_INTEGER, 2, 3]);
      const none = database.db.selectFrom('host').select(['id', 'id as again']).compile();
      expect(await database.scanNumbers(none)).toEqual(new Float64Array(0));
    });

    test('sees in a scan what the same transaction wrote, and no other does', async () => {
      const database = await open();
      await database.db.transaction().execute(async (transaction) => {
        const { id } = await transaction
          .insertInto('host')
          .values({ name: 'h' })
          .returning('id')
          .executeTakeFirstOrThrow();
        const vals = Uint8Array.of(1, 2, 3);
        await database.bulkInsert(transaction, 'journal', [{ host_id: id, time_ms: 5, layout_id: 6, vals }]);
        const query = transaction.selectFrom('journal').select(['time_ms', 'layout_id', 'vals']).compile();
        const { first, second, bytes } = await database.scan(query, transaction);
        expect([[...first], [...second], [...bytes]]).toEqual([[5], [6], [1, 2, 3]]);
      });
    });

    test("lets two who change a host's samples do it one after the other", async () => {
      const place = await newPlace();
      const [one, other] = [await place(), await place()];
      const order: string[] = [];
      const change = (database: typeof one, name: string, hostIds: number[]) =>
        database.db.transaction().execute(async (transaction) => {
          await database.lockHosts(transaction, hostIds);
          order.push(`${name} begins`);
          await transaction.selectFrom('host').selectAll().execute();
          order.push(`${name} ends`);
        });
      await Promise.all([change(one, 'one', [1, 2, 3, 2]), change(other, 'other', [3, 2, 1])]);
      const [begins = ''] = order;
      const first = begins.split(' ')[0];
      const second = first === 'one' ? 'other' : 'one';
      expect(order).toEqual([`${first} begins`, `${first} ends`, `${second} begins`, `${second} ends`]);
    });

    test('is brought up to date by several who open it at the same moment', async () => {
      const place = await newPlace();
      const opened = await Promise.all([place(), place(), place(), place()]);
      const versions = await Promise.all(
        opened.map(({ db }) => db.selectFrom('schema_version').selectAll().orderBy('minor').execute()),
      );
      const expected = migrations.map(({ major, minor }) => ({ major, minor }));
      expect(versions).toEqual(opened.map(() => expected));
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
