import { describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { OpenManagerError } from '../../../src/core/errors.ts';
import { silentLogger } from '../../../src/core/log.ts';
import { localCaller } from '../../../src/security/caller.ts';
import type { AnyTool } from '../../../src/server/define.ts';
import { callContext, fakeAudit, guardOf, testNowMs } from '../../support/fake-app.ts';

function tool(run: AnyTool['run'], change: Partial<AnyTool> = {}): AnyTool {
  return {
    name: 'look',
    title: 'Look',
    description: 'Looks',
    toolset: 'observe',
    readOnly: true,
    input: z.strictObject({ host: z.string().optional(), max_tokens: z.int().min(100).default(2000) }),
    run,
    ...change,
  };
}

const fine: AnyTool['run'] = () => ({ text: 'fine', data: { fine: true } });
const failing: AnyTool['run'] = () => {
  throw new OpenManagerError('not_found', 'There is no host "x".');
};
const broken: AnyTool['run'] = () => {
  throw new TypeError("Cannot read properties of undefined (reading '/etc/passwd')");
};
const viewer = { ...localCaller, subject: 'eve', roles: ['viewer'] };

/** Lets everything go on that does not wait for something outside. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('every call leaves exactly one audit entry', () => {
  test.each<[string, AnyTool, string, unknown, object, string | null]>([
    ['that succeeds', tool(fine), 'look', { host: 'a' }, { outcome: 'ok', decision: 'allow' }, null],
    ['that changes something', tool(fine, { readOnly: false }), 'look', {}, { outcome: 'ok', decision: 'allow' }, null],
    ['with bad arguments', tool(fine), 'look', { hots: 1 }, { errorCode: 'invalid_argument' }, 'invalid_argument'],
    ['of an unknown tool', tool(fine), 'lok', { a: 1 }, { action: 'lok', errorCode: 'not_found' }, 'not_found'],
    ['that fails', tool(failing), 'look', {}, { errorCode: 'not_found', decision: 'allow' }, 'not_found'],
    ['that breaks', tool(broken), 'look', {}, { errorCode: 'internal', decision: 'allow' }, 'internal'],
  ])('%s', async (_what, definition, name, args, expected, code) => {
    const audit = fakeAudit();
    const call = guardOf([definition], { audit }).callTool(name, args, callContext());
    if (code === null) expect(await call).toEqual({ text: 'fine', data: { fine: true } });
    else await expect(call).rejects.toMatchObject({ code });
    await settle();
    expect(audit.entries).toEqual([
      expect.objectContaining({
        kind: 'tool',
        action: name,
        arguments: args,
        subject: 'local',
        roles: ['admin'],
        transport: 'stdio',
        timeMs: testNowMs,
        ...(code !== null && { outcome: 'error' }),
        ...expected,
      }),
    ]);
  });

  test('that is denied, before anything of it runs', async () => {
    const audit = fakeAudit();
    const run = vi.fn(fine);
    const guard = guardOf([tool(run, { readOnly: false })], { audit });
    const call = guard.callTool('look', {}, callContext({ caller: { ...viewer, sessionId: 's-1' } }));
    await expect(call).rejects.toMatchObject({
      code: 'forbidden',
      message: 'You may not use tool look: no rule allows it.',
    });
    expect(run).not.toHaveBeenCalled();
    expect(audit.entries).toMatchObject([
      { subject: 'eve', sessionId: 's-1', decision: 'deny', outcome: 'error', errorCode: 'forbidden' },
    ]);
  });

  test.each([undefined, 'The user pressed stop'])('that its caller cancels, giving the reason %j', async (reason) => {
    const audit = fakeAudit();
    const error = vi.fn();
    const waiting = tool(
      (_args, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            try {
              signal.throwIfAborted();
            } catch (thrown) {
              reject(thrown);
            }
          });
        }),
    );
    const cancelling = new AbortController();
    const guard = guardOf([waiting], { audit, log: { ...silentLogger, error } });
    const call = guard.callTool('look', {}, callContext({ signal: cancelling.signal }));
    cancelling.abort(reason);
    await expect(call).rejects.toMatchObject({ code: 'cancelled', message: 'The request was cancelled.' });
    expect(audit.entries).toMatchObject([{ outcome: 'error', errorCode: 'cancelled' }]);
    expect(error).not.toHaveBeenCalled();
  });
});

describe('the entry is on disk before the answer', () => {
  test.each<[string, AnyTool, string, object]>([
    ['of what changes something', tool(fine, { readOnly: false }), 'look', {}],
    ['of what fails', tool(failing), 'look', {}],
    ['of what has bad arguments', tool(fine), 'look', { hots: 1 }],
    ['of what does not exist', tool(fine), 'lok', {}],
  ])('%s', async (_what, definition, name, args) => {
    const stored = Promise.withResolvers<void>();
    const audit = fakeAudit(() => stored.promise);
    const order: string[] = [];
    const call = guardOf([definition], { audit })
      .callTool(name, args, callContext())
      .catch(() => {})
      .then(() => order.push(`answered after ${audit.entries.length}`));
    await settle();
    expect(order).toEqual([]);
    stored.resolve();
    await call;
    expect(order).toEqual(['answered after 1']);
  });

  test('of what is refused', async () => {
    const stored = Promise.withResolvers<void>();
    const audit = fakeAudit(() => stored.promise);
    let answered = false;
    const call = guardOf([tool(fine, { readOnly: false })], { audit })
      .callTool('look', {}, callContext({ caller: viewer }))
      .catch(() => {
        answered = true;
      });
    await settle();
    expect(answered).toBe(false);
    stored.resolve();
    await call;
    expect(audit.entries).toHaveLength(1);
  });

  test('but what only reads does not wait for it', async () => {
    const recordNow = vi.fn(() => new Promise<void>(() => {}));
    const audit = { ...fakeAudit(), recordNow };
    expect(await guardOf([tool(fine)], { audit }).callTool('look', {}, callContext())).toMatchObject({ text: 'fine' });
    expect(recordNow).not.toHaveBeenCalled();
    expect(audit.entries).toHaveLength(1);
  });
});

describe('when the audit log cannot be written', () => {
  const audit = fakeAudit(() => Promise.reject(new OpenManagerError('storage_full', 'The disk is full.')));

  test("the caller still gets the call's own error, and the entry waits for when it can", async () => {
    const waiting = fakeAudit(() => Promise.reject(new OpenManagerError('storage_full', 'The disk is full.')));
    const record = vi.spyOn(waiting, 'record');
    const guard = guardOf([tool(failing)], { audit: waiting });
    await expect(guard.callTool('look', {}, callContext())).rejects.toMatchObject({ code: 'not_found' });
    expect(record).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ action: 'look', errorCode: 'not_found' }));
  });

  test('a change is not answered as done', async () => {
    const guard = guardOf([tool(fine, { readOnly: false })], { audit });
    await expect(guard.callTool('look', {}, callContext())).rejects.toMatchObject({ code: 'storage_full' });
  });
});

test('an internal error is logged whole and told in neutral words', async () => {
  const error = vi.fn();
  const guard = guardOf([tool(broken)], { log: { ...silentLogger, error } });
  await expect(guard.callTool('look', {}, callContext())).rejects.toMatchObject({
    message: 'Something failed inside OpenManager; its log on stderr has the details.',
  });
  expect(error).toHaveBeenCalledWith('tool look failed', { error: expect.any(TypeError) });
});

describe('a handler gets', () => {
  test('its arguments with defaults, the caller, one now, and times against it', async () => {
    const run = vi.fn<AnyTool['run']>(fine);
    await guardOf([tool(run)]).callTool('look', undefined, callContext({ caller: viewer }));
    const [args, call] = run.mock.calls[0] ?? [];
    expect(args).toEqual({ max_tokens: 2000 });
    expect(call).toMatchObject({ caller: viewer, nowMs: testNowMs });
    expect(call?.time('-1h', 'from')).toBe(testNowMs - 3_600_000);
  });

  test('lists cut by its own limit, cursor and max_tokens', async () => {
    const input = z.strictObject({ limit: z.int(), cursor: z.string().optional(), max_tokens: z.int() });
    const listing = tool(
      (_args, call) => {
        const rendering = { line: String, row: (n: number) => ({ n }) };
        return { text: '', data: { list: call.list([1, 2, 3, 4], rendering), fit: call.fit([1, 2, 3, 4], rendering) } };
      },
      { input },
    );
    const args = { limit: 2, cursor: '1', max_tokens: 2000 };
    const { data } = await guardOf([listing]).callTool('look', args, callContext());
    expect(data).toMatchObject({ list: { lines: ['2', '3'] }, fit: { lines: ['1', '2', '3', '4'] } });
  });

  test('no call with a cursor that is none', async () => {
    const input = z.strictObject({ cursor: z.string().optional(), max_tokens: z.int().default(2000) });
    const run = vi.fn<AnyTool['run']>(fine);
    await expect(
      guardOf([tool(run, { input })]).callTool('look', { cursor: 'x' }, callContext()),
    ).rejects.toMatchObject({
      code: 'invalid_argument',
      message: 'cursor: use the next_cursor of the answer before; "x" is none.',
    });
    expect(run).not.toHaveBeenCalled();
  });
});

describe('an answer beyond max_tokens', () => {
  const text = Array.from({ length: 500 }, (_, i) => `line ${i} of what the tool did not foresee`).join('\n');

  test('is cut at the end of a line, and says so', async () => {
    const long = tool(() => ({ text, data: {} }));
    const cut = (await guardOf([long]).callTool('look', { max_tokens: 300 }, callContext())).text.split('\n');
    expect(cut.at(-1)).toBe('(Cut at max_tokens 300; ask for less, or pass a larger max_tokens.)');
    expect(cut.length).toBeGreaterThan(10);
    expect(cut.slice(0, -1)).toEqual(text.split('\n').slice(0, cut.length - 1));
  });

  test('is the default of 2,000 where the tool has no such parameter', async () => {
    const long = tool(() => ({ text, data: {} }), { input: z.strictObject({}) });
    expect((await guardOf([long]).callTool('look', {}, callContext())).text).toContain('(Cut at max_tokens 2000;');
  });

  test('keeps the beginning of a line that is too long by itself', async () => {
    const long = tool(() => ({ text: `first words ${'and more words '.repeat(500)}`, data: {} }));
    const { text: cut } = await guardOf([long]).callTool('look', { max_tokens: 100 }, callContext());
    expect(cut).toMatch(/^first words and more words .*…\n\(Cut at max_tokens 100;/);
  });

  test('leaves one that fits as it is', async () => {
    const short = tool(() => ({ text: 'a\n\nb', data: {} }));
    expect((await guardOf([short]).callTool('look', { max_tokens: 100 }, callContext())).text).toBe('a\n\nb');
  });
});

describe('the tools that a caller sees', () => {
  const tools = [tool(fine), tool(fine, { name: 'change', readOnly: false })];

  test('are those that the policy allows', () => {
    const guard = guardOf(tools);
    expect(guard.visibleTools(localCaller).map(({ name }) => name)).toEqual(['look', 'change']);
    expect(guard.visibleTools(viewer).map(({ name }) => name)).toEqual(['look']);
    expect(guard.visibleTools({ ...viewer, roles: [] })).toEqual([]);
  });

  test('are named when another one is called', async () => {
    const call = guardOf(tools).callTool('loook', {}, callContext());
    await expect(call).rejects.toThrow('There is no tool "loook". Valid tools: look, change.');
  });
});

test('what is no tool goes the same way', async () => {
  const audit = fakeAudit();
  const guard = guardOf([], { audit });
  const action = { kind: 'resource', action: 'openmanager://hosts', arguments: {}, readOnly: true } as const;
  expect(await guard.run({ ...action, run: async ({ nowMs }) => nowMs }, callContext())).toBe(testNowMs);
  const denied = guard.run({ ...action, run: async () => 1 }, callContext({ caller: { ...viewer, roles: [] } }));
  await expect(denied).rejects.toMatchObject({ code: 'forbidden' });
  expect(audit.entries.map(({ kind, outcome }) => [kind, outcome])).toEqual([
    ['resource', 'ok'],
    ['resource', 'error'],
  ]);
});
