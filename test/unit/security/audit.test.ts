import fc from 'fast-check';
import { sql } from 'kysely';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type Logger, silentLogger } from '../../../src/core/log.ts';
import { Secret } from '../../../src/core/secret.ts';
import { type AuditEntry, type AuditLog, createAudit } from '../../../src/security/audit.ts';
import type { DatabaseSource } from '../../../src/storage/database.ts';
import { openTemporary, temporaryDir } from '../storage/support.ts';

const clock = { now: () => 1_000_000, monotonic: () => 0 };
const everything = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, limit: 1_000 };

function entry(timeMs: number, change: Partial<AuditEntry> = {}): AuditEntry {
  return {
    timeMs,
    subject: 'alice',
    roles: ['viewer', 'operator'],
    transport: 'http',
    kind: 'tool',
    action: 'query_metrics',
    arguments: { host: 'web-1' },
    decision: 'allow',
    outcome: 'ok',
    durationMs: 1.25,
    ...change,
  };
}

function auditOn(source: DatabaseSource, log: Logger = silentLogger): AuditLog {
  const audit = createAudit(source, { clock, log });
  onTestFinished(() => audit[Symbol.asyncDispose]());
  return audit;
}

const timesIn = async (audit: AuditLog) => (await audit.query(everything)).entries.map(({ timeMs }) => timeMs);

describe('recording', () => {
  test('an entry comes back as it was recorded', async () => {
    const audit = auditOn(await openTemporary());
    const failed = entry(2, { sessionId: 's-1', outcome: 'error', errorCode: 'forbidden', decision: 'deny' });
    audit.record(entry(1));
    audit.record(failed);
    expect(await audit.query(everything)).toEqual({ entries: [failed, entry(1)], total: 2, nextCursor: null });
  });

  test('an entry says what was true when it was recorded', async () => {
    const audit = auditOn(await openTemporary());
    const args = { host: 'web-1' };
    audit.record(entry(1, { arguments: args }));
    args.host = 'changed later';
    expect((await audit.query(everything)).entries[0]?.arguments).toEqual({ host: 'web-1' });
  });

  test('entries are on disk 50 ms later at the latest, in one transaction', async () => {
    const dataDir = temporaryDir();
    const { db } = await openTemporary(dataDir);
    const database = await openTemporary(dataDir);
    const written = Promise.withResolvers<void>();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    let statements = 0;
    const counting = database.db.withPlugin({
      transformQuery: ({ node }) => {
        statements += 1;
        return node;
      },
      transformResult: async ({ result }) => {
        written.resolve();
        return result;
      },
    });
    const audit = auditOn({ ...database, db: counting });
    for (let timeMs = 1; timeMs <= 50; timeMs += 1) audit.record(entry(timeMs));
    await vi.advanceTimersByTimeAsync(49);
    expect(statements).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    await written.promise;
    expect(statements).toBe(1);
    const { count } = await db
      .selectFrom('audit')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    expect(count).toBe(50);
  });

  test('a burst of entries does not wait for the time to pass', async () => {
    const dataDir = temporaryDir();
    const { db } = await openTemporary(dataDir);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const audit = auditOn(await openTemporary(dataDir));
    for (let timeMs = 1; timeMs <= 256; timeMs += 1) audit.record(entry(timeMs));
    await vi.waitUntil(async () => (await db.selectFrom('audit').select('id').execute()).length === 256, {
      interval: 0,
    });
  });

  test('recordNow resolves when the entry and all before it are on disk, in their order', async () => {
    const dataDir = temporaryDir();
    const audit = auditOn(await openTemporary(dataDir));
    for (let timeMs = 1; timeMs <= 2_500; timeMs += 1) audit.record(entry(1, { action: `a${timeMs}` }));
    await audit.recordNow(entry(1, { action: 'now' }));
    const { db } = await openTemporary(dataDir);
    const stored = await db.selectFrom('audit').select('action').orderBy('id').execute();
    expect(stored.map(({ action }) => action)).toEqual([
      ...Array.from({ length: 2_500 }, (_, i) => `a${i + 1}`),
      'now',
    ]);
  });

  test('closing writes what is queued, and opens no database when nothing is', async () => {
    const dataDir = temporaryDir();
    const database = await openTemporary(dataDir);
    const audit = createAudit(database, { clock, log: silentLogger });
    audit.record(entry(1));
    await audit[Symbol.asyncDispose]();
    expect(await timesIn(auditOn(await openTemporary(dataDir)))).toEqual([1]);
    const unused = createAudit(() => Promise.reject(new Error('opened')), { clock, log: silentLogger });
    await unused[Symbol.asyncDispose]();
  });

  test('any text is recorded without harm, long names cut', async () => {
    const audit = auditOn(await openTemporary());
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\0', '\ud800', 'x'.repeat(300), ''));
    await fc.assert(
      fc.asyncProperty(text, text, fc.double(), fc.anything(), async (action, subject, durationMs, args) => {
        await audit.recordNow(entry(1, { action, subject, durationMs, arguments: args }));
        const { entries } = await audit.query({ ...everything, limit: 1 });
        const readable = (value: string) =>
          (value.length <= 256 ? value : `${value.slice(0, 255)}…`).toWellFormed().replaceAll('\0', '\uFFFD');
        expect(entries[0]).toMatchObject({ action: readable(action), subject: readable(subject) });
      }),
      { numRuns: 50 },
    );
  });
});

describe('arguments', () => {
  async function recorded(args: unknown): Promise<unknown> {
    const audit = auditOn(await openTemporary());
    await audit.recordNow(entry(1, { arguments: args }));
    return (await audit.query(everything)).entries[0]?.arguments;
  }

  test('are recorded without secrets', async () => {
    const args = {
      host: 'web-1',
      max_tokens: 500,
      password: 'p',
      nested: [{ apiKey: 'k', 'X-Authorization': ['a'], setCookie: { a: 1 }, accessToken: 5, clientSecret: null }],
      plain: new Secret('s'),
    };
    expect(await recorded(args)).toEqual({
      host: 'web-1',
      max_tokens: 500,
      password: '<redacted>',
      nested: [
        {
          apiKey: '<redacted>',
          'X-Authorization': '<redacted>',
          setCookie: '<redacted>',
          accessToken: '<redacted>',
          clientSecret: null,
        },
      ],
      plain: '<redacted>',
    });
  });

  test('are cut at 4 KiB, with a marker that says so', async () => {
    for (const text of ['x', '"', '\u0001', 'é', '😀', '\ud800']) {
      const args = await recorded({ text: text.repeat(10_000) });
      expect(args).toEqual({ $truncated: expect.any(Number), head: expect.stringMatching(/^\{"text":"/) });
      const bytes = Buffer.byteLength(JSON.stringify(args));
      expect(bytes).toBeLessThanOrEqual(4_096);
      expect(bytes).toBeGreaterThan(4_000);
    }
  });

  test('may be missing, circular or large numbers', async () => {
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    expect(await recorded(undefined)).toBeNull();
    expect(await recorded(circular)).toEqual({ $unreadable: true });
    expect(await recorded({ n: 2n ** 70n })).toEqual({ n: '1180591620717411303424' });
  });
});

describe('queries', () => {
  test('filter, and page through what matches without gaps or repeats', async () => {
    const audit = auditOn(await openTemporary());
    for (let i = 0; i < 100; i += 1)
      audit.record(
        entry(Math.floor(i / 10), {
          subject: i % 2 ? 'bob' : 'alice',
          action: `a${i}`,
          outcome: i % 4 ? 'ok' : 'error',
        }),
      );
    const query = { fromMs: 2, toMs: 8, subject: 'alice', outcome: 'ok' as const, limit: 4 };
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await audit.query({ ...query, cursor });
      expect(page.total).toBe(15);
      seen.push(...page.entries.map(({ action }) => action));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    const expected = Array.from({ length: 60 }, (_, i) => 79 - i).filter((i) => i % 2 === 0 && i % 4 !== 0);
    expect(seen).toEqual(expected.map((i) => `a${i}`));
    expect((await audit.query({ ...everything, action: 'a42' })).total).toBe(1);
  });

  test.each([{ cursor: 'bogus' }, { cursor: '' }, { limit: 0 }, { limit: 1_001 }, { limit: 1.5 }])(
    'refuse %o',
    async (wrong) => {
      const audit = auditOn(await openTemporary());
      await expect(audit.query({ ...everything, ...wrong })).rejects.toMatchObject({ code: 'invalid_argument' });
    },
  );
});

describe('while the database fails', () => {
  async function failing() {
    const database = await openTemporary();
    const errors: string[] = [];
    const audit = auditOn(database, { ...silentLogger, error: (message) => errors.push(message) });
    const set = (queryOnly: 0 | 1) => sql.raw(`pragma query_only = ${queryOnly}`).execute(database.db);
    await set(1);
    return { audit, errors, repair: () => set(0) };
  }

  test('recordNow is rejected with its error, and its entry never stored', async () => {
    const { audit, repair } = await failing();
    await expect(audit.recordNow(entry(1))).rejects.toMatchObject({ code: 'storage_read_only' });
    await repair();
    await audit.recordNow(entry(2));
    expect(await timesIn(audit)).toEqual([2]);
  });

  test('recorded entries wait and are stored in order afterwards; the error is logged once', async () => {
    const { audit, errors, repair } = await failing();
    audit.record(entry(1));
    await expect(audit.recordNow(entry(2))).rejects.toMatchObject({ code: 'storage_read_only' });
    audit.record(entry(3));
    await expect(audit.recordNow(entry(4))).rejects.toMatchObject({ code: 'storage_read_only' });
    await repair();
    await audit.recordNow(entry(5));
    expect(await timesIn(audit)).toEqual([5, 3, 1]);
    expect(errors).toEqual(['the audit log cannot be written; its entries wait in memory']);
  });

  test('what finds no place in the queue is counted, and the count recorded afterwards', async () => {
    const { audit, repair } = await failing();
    for (let timeMs = 1; timeMs <= 10_025; timeMs += 1) audit.record(entry(timeMs));
    await expect(audit.recordNow(entry(20_000))).rejects.toMatchObject({ code: 'storage_read_only' });
    await repair();
    await audit.recordNow(entry(30_000));
    const { total } = await audit.query(everything);
    expect(total).toBe(10_002);
    const gap = await audit.query({ ...everything, action: 'audit_entries_lost' });
    expect(gap.entries).toEqual([
      expect.objectContaining({
        timeMs: 1_000_000,
        subject: 'openmanager',
        transport: 'internal',
        arguments: { count: 25, fromMs: 10_001, toMs: 10_025 },
      }),
    ]);
  });

  test('closing ends, and says how many entries were not stored', async () => {
    const logged: unknown[] = [];
    const audit = createAudit(() => Promise.reject(new Error('no database')), {
      clock,
      log: { ...silentLogger, error: (message, fields) => logged.push([message, fields?.count]) },
    });
    audit.record(entry(1));
    audit.record(entry(2));
    await audit[Symbol.asyncDispose]();
    expect(logged).toContainEqual(['the last audit entries were not stored', 2]);
  });
});
