import { describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { OpenManagerError } from '../../../src/core/errors.ts';
import { type Caller, localCaller } from '../../../src/security/caller.ts';
import type { AnalysesOptions } from '../../../src/server/analyses.ts';
import { type AnyTool, type Call, parameters } from '../../../src/server/define.ts';
import { callContext, fakeApp, fakeAudit, guardOf, testNowMs } from '../../support/fake-app.ts';
import { until } from '../../support/until.ts';

type Run = (args: { what: string }, call: Call) => Promise<string>;

/** An analysis that answers what `run` says; `fail` makes its failure. */
function analysisOf(run: Run, change: Partial<AnyTool> = {}): AnyTool {
  return {
    name: 'weigh',
    title: 'Weigh',
    description: 'Weighs',
    toolset: 'analyze',
    readOnly: true,
    analysis: true,
    input: z.strictObject({ what: z.string(), level: z.number().default(1), max_tokens: parameters.max_tokens }),
    async run(args, call) {
      const text = await run(args, call);
      return { text, data: { text } };
    },
    ...change,
  };
}

/** Work that goes on until it is told to end, and hears when it is given up. */
function endless() {
  const gate = Promise.withResolvers<string>();
  const signals: AbortSignal[] = [];
  const run = vi.fn<Run>(({ what }, { signal, progress }) => {
    signals.push(signal);
    signal.addEventListener('abort', () => gate.reject(new DOMException('given up', 'AbortError')));
    progress(3, 8, `Weighing ${what}`);
    return gate.promise;
  });
  return { run, finish: gate.resolve, fail: gate.reject, aborted: () => signals.map(({ aborted }) => aborted) };
}

function setUp(tools: readonly AnyTool[], options: Partial<AnalysesOptions> = {}) {
  let ids = 0;
  const audit = fakeAudit();
  const guard = guardOf(tools, { audit, analyses: { newId: () => `job-${++ids}`, ...options } });
  const call = (args: unknown, { caller = localCaller, signal = never, tool = 'weigh' } = {}) =>
    guard.callTool(tool, args, callContext({ caller, signal }));
  const asCaller = <T>(caller: Caller, look: (analyses: Call['analyses']) => T) =>
    guard.run(
      { kind: 'resource', action: 'x', arguments: {}, readOnly: true, run: async (it) => look(it.analyses) },
      callContext({ caller }),
    );
  const states = async (caller = localCaller) =>
    (await asCaller(caller, (analyses) => analyses.list())).map(({ id, state }) => `${id} ${state}`);
  return { guard, audit, call, asCaller, states };
}

const { signal: never } = new AbortController();
const ada: Caller = { ...localCaller, subject: 'ada', transport: 'http' };
const eve: Caller = { ...ada, subject: 'eve' };
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('an answer of an analysis', () => {
  test('names its handle in its text and its data, and is given again for it without running', async () => {
    const run = vi.fn<Run>(async ({ what }) => `${what} is heavy`);
    const { call } = setUp([analysisOf(run)]);
    const first = await call({ what: 'lead' });
    expect(first).toEqual({
      text: 'lead is heavy\njob "job-1" gets this answer again.',
      data: { job: 'job-1', text: 'lead is heavy' },
    });
    expect(await call({ job: 'job-1' })).toEqual(first);
    expect(await call({ job: 'job-1', what: 'lead', level: '1' })).toEqual(first);
    expect(run).toHaveBeenCalledOnce();
  });

  test('keeps what it has beside text and data', async () => {
    const images = [{ bytes: new Uint8Array(3), mimeType: 'image/png' as const }];
    const withImages = { text: 'seen', data: {}, images };
    const { call } = setUp([analysisOf(async () => '', { run: () => withImages })]);
    expect(await call({ what: 'x' })).toMatchObject({ images });
    expect(await call({ job: 'job-1' })).toMatchObject({ images });
  });

  test('has a handle that cannot be guessed where nothing else is wanted', async () => {
    const guard = guardOf([analysisOf(async () => 'fine')]);
    const ids = await Promise.all(
      [1, 2].map(async () => (await guard.callTool('weigh', { what: 'x' }, callContext())).data.job),
    );
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{24}$/);
    expect(ids[0]).not.toBe(ids[1]);
  });

  test('takes no handle where the tool is none', async () => {
    const { call, states } = setUp([analysisOf(async () => 'fine', { analysis: false })]);
    expect(await call({ what: 'x' })).toEqual({ text: 'fine', data: { text: 'fine' } });
    await expect(call({ job: 'job-1' })).rejects.toThrow(/Unknown parameter "job"/);
    expect(await states()).toEqual([]);
  });

  test('is of no use where it failed at once: no handle was told', async () => {
    const refusing: Run = () => Promise.reject(new OpenManagerError('not_found', 'There is no "x".'));
    const { call, states } = setUp([analysisOf(refusing)]);
    await expect(call({ what: 'x' })).rejects.toMatchObject({ code: 'not_found', message: 'There is no "x".' });
    await expect(call({})).rejects.toThrow(/^weigh: "what": /);
    expect(await states()).toEqual([]);
  });

  test('leaves one audit entry, and so does getting it again', async () => {
    const { call, audit } = setUp([analysisOf(async () => 'fine')]);
    await call({ what: 'x' });
    await call({ job: 'job-1' });
    await expect(call({ job: 'job-9' })).rejects.toMatchObject({ code: 'not_found' });
    expect(audit.entries.map(({ action, arguments: args, outcome }) => [action, args, outcome])).toEqual([
      ['weigh', { what: 'x' }, 'ok'],
      ['weigh', { job: 'job-1' }, 'ok'],
      ['weigh', { job: 'job-9' }, 'error'],
    ]);
  });
});

describe('another page of an answer', () => {
  const paged = analysisOf(async () => '', {
    input: z.strictObject({
      what: z.string(),
      limit: parameters.limit,
      cursor: parameters.cursor,
      max_tokens: parameters.max_tokens,
    }),
    async run(_args, call: Call) {
      const hosts = await call.app.hosts();
      const page = call.list(hosts, { line: ({ host }) => host, row: ({ host }) => ({ host }) });
      return { text: [...page.lines, page.notice].join('\n'), data: { hosts: page.rows, at: call.nowMs } };
    },
  });
  const hosts = ['a', 'b', 'c'].map((host) => ({ host, local: false, reporting: true, firstMs: 0, lastMs: 0 }));

  test('is made of what was computed for the first, at the time of the first', async () => {
    let nowMs = testNowMs;
    const ask = vi.fn(async () => hosts);
    const clock = { now: () => nowMs++, monotonic: () => 0 };
    const guard = guardOf([paged], { app: fakeApp({ hosts: ask }), clock, analyses: { newId: () => 'job-1' } });
    const call = async (args: unknown) => (await guard.callTool('weigh', args, callContext())).data;
    const first = await call({ what: 'x', limit: 2 });
    expect(first).toEqual({ job: 'job-1', hosts: [{ host: 'a' }, { host: 'b' }], at: testNowMs });
    expect(await call({ job: 'job-1', cursor: '2' })).toEqual({ ...first, hosts: [{ host: 'c' }] });
    expect(await call({ job: 'job-1', limit: 3 })).toEqual({ ...first, hosts: hosts.map(({ host }) => ({ host })) });
    expect(ask).toHaveBeenCalledOnce();
  });

  test('cannot be one of other arguments', async () => {
    const { call } = setUp([analysisOf(async () => 'fine')]);
    await call({ what: 'x' });
    const other = call({ job: 'job-1', what: 'y', level: 2 });
    await expect(other).rejects.toMatchObject({
      code: 'invalid_argument',
      message: 'weigh: job job-1 was made with another what, level; leave that out, or leave job out to compute anew.',
    });
    await expect(call({ job: 'job-1', wat: 1 })).rejects.toThrow(/Unknown parameter "wat"/);
    await expect(call({ job: 7 })).rejects.toMatchObject({ code: 'invalid_argument' });
  });
});

describe('an analysis that takes long', () => {
  test('is answered with how far it is, goes on, and is fetched by its handle', async () => {
    const work = endless();
    const { call, states } = setUp([analysisOf(work.run)], { answerWithinMs: 5 });
    const early = await call({ what: 'iron\n' });
    expect(early).toEqual({
      text: 'Still running, 3 of 8 done (Weighing iron\ufffd). Call weigh with job "job-1" for the answer.',
      data: { job: 'job-1', state: 'running', done: 3, total: 8 },
    });
    expect(await call({ job: 'job-1' })).toEqual(early);
    expect(await states()).toEqual(['job-1 running']);
    work.finish('heavy');
    expect(await call({ job: 'job-1' })).toMatchObject({ data: { job: 'job-1', text: 'heavy' } });
    expect(await states()).toEqual(['job-1 done']);
    expect(work.run).toHaveBeenCalledOnce();
    expect(work.aborted()).toEqual([false]);
  });

  test('is waited for by who fetches it, with its progress', async () => {
    const work = endless();
    const { guard, call } = setUp([analysisOf(work.run)], { answerWithinMs: 5 });
    await call({ what: 'iron' });
    const progress = vi.fn(() => work.finish('heavy'));
    const fetched = await guard.callTool('weigh', { job: 'job-1' }, callContext({ progress }));
    expect(fetched.data).toEqual({ job: 'job-1', text: 'heavy' });
    expect(progress.mock.calls).toEqual([[3, 8, 'Weighing iron']]);
  });

  test('ends when its request is cancelled before it was answered, and is forgotten', async () => {
    const work = endless();
    const { call, states } = setUp([analysisOf(work.run)]);
    const given = new AbortController();
    const asked = call({ what: 'iron' }, { signal: given.signal });
    await settle();
    given.abort('enough');
    await expect(asked).rejects.toMatchObject({ code: 'cancelled' });
    expect(work.aborted()).toEqual([true]);
    expect(await states()).toEqual([]);
  });

  test('goes on when its request ends after it was answered, until the request that waits is cancelled', async () => {
    const work = endless();
    const { call, states } = setUp([analysisOf(work.run)], { answerWithinMs: 5 });
    const given = new AbortController();
    await call({ what: 'iron' }, { signal: given.signal });
    given.abort('closed');
    await settle();
    expect(work.aborted()).toEqual([false]);
    const later = new AbortController();
    const fetched = call({ job: 'job-1' }, { signal: later.signal });
    later.abort('enough');
    await expect(fetched).rejects.toMatchObject({ code: 'cancelled' });
    expect(work.aborted()).toEqual([true]);
    await until('the analysis to end', async () => (await states())[0] === 'job-1 cancelled');
    await expect(call({ job: 'job-1' })).rejects.toMatchObject({
      code: 'cancelled',
      message: 'The analysis was cancelled.',
    });
  });

  test('goes on while somebody else of the same caller waits for it', async () => {
    const work = endless();
    const { call } = setUp([analysisOf(work.run)]);
    const given = new AbortController();
    const first = call({ what: 'iron' }, { signal: given.signal });
    await settle();
    const second = call({ job: 'job-1' });
    await settle();
    given.abort('enough');
    await expect(first).rejects.toMatchObject({ code: 'cancelled' });
    work.finish('heavy');
    expect((await second).data).toEqual({ job: 'job-1', text: 'heavy' });
  });

  test('is ended at its deadline, and says so to who fetches it', async () => {
    const work = endless();
    const { call, states } = setUp([analysisOf(work.run)], { answerWithinMs: 5, deadlineMs: 50 });
    await call({ what: 'iron' });
    await until('the deadline', async () => (await states())[0] === 'job-1 failed');
    await expect(call({ job: 'job-1' })).rejects.toMatchObject({
      code: 'timeout',
      message: 'The analysis was ended after 50ms; ask for less at once.',
    });
    expect(work.aborted()).toEqual([true]);
  });

  test('that fails is told so to who fetches it', async () => {
    const work = endless();
    const { call, states } = setUp([analysisOf(work.run)], { answerWithinMs: 5 });
    await call({ what: 'iron' });
    work.fail(new OpenManagerError('storage_corrupt', 'It is damaged.'));
    await expect(call({ job: 'job-1' })).rejects.toMatchObject({ code: 'storage_corrupt', message: 'It is damaged.' });
    expect(await states()).toEqual(['job-1 failed']);
  });

  test('ends with the session of its owner, or when all end, unless a request waits', async () => {
    const [first, second, third] = [endless(), endless(), endless()];
    const works = [first, second, third];
    let next = 0;
    const run: Run = (args, call) => works[next++]?.run(args, call) ?? Promise.reject(new Error('no more'));
    const { guard, call, states } = setUp([analysisOf(run)], { answerWithinMs: 5 });
    const session = { ...ada, sessionId: 'session-1' };
    await call({ what: 'a' }, { caller: session });
    await call({ what: 'b' }, { caller: ada });
    guard.endAnalyses('session-1');
    expect(works.map(({ aborted }) => aborted())).toEqual([[true], [false], []]);
    expect(await states(session)).toEqual([]);
    const waiting = call({ what: 'c' });
    await settle();
    guard.endAnalyses();
    expect(works.map(({ aborted }) => aborted())).toEqual([[true], [true], [false]]);
    third.finish('c');
    expect((await waiting).data.text).toBe('c');
  });
});

describe('a handle', () => {
  test.each([
    ['another subject', ada, eve],
    ['another session of the same subject', { ...ada, sessionId: '1' }, { ...ada, sessionId: '2' }],
    ['no session where it was made in one', { ...ada, sessionId: '1' }, ada],
  ])('is refused to %s as one that never was', async (_who, owner: Caller, other: Caller) => {
    const { call, states, asCaller } = setUp([analysisOf(async () => 'fine')]);
    await call({ what: 'x' }, { caller: owner });
    const foreign = call({ job: 'job-1' }, { caller: other });
    await expect(foreign).rejects.toMatchObject({
      code: 'not_found',
      message: 'There is no analysis "job-1" of yours. You have none.',
    });
    expect(await states(other)).toEqual([]);
    await expect(asCaller(other, (analyses) => analyses.find('job-1'))).rejects.toMatchObject({ code: 'not_found' });
    expect((await call({ job: 'job-1' }, { caller: owner })).data.text).toBe('fine');
  });

  test("that is unknown names the caller's latest ones", async () => {
    const { call } = setUp([analysisOf(async () => 'fine')]);
    await call({ what: 'x' }, { caller: eve });
    for (const what of ['a', 'b']) await call({ what }, { caller: ada });
    await expect(call({ job: 'lost\n' }, { caller: ada })).rejects.toMatchObject({
      code: 'not_found',
      message:
        'There is no analysis "lost\ufffd" of yours. Your latest: ' +
        'job-3 (weigh {"what":"b","level":1,"max_tokens":2000}, 2026-03-01T12:00:00Z, done); ' +
        'job-2 (weigh {"what":"a","level":1,"max_tokens":2000}, 2026-03-01T12:00:00Z, done).',
    });
  });

  test('of another tool is refused by the name of that tool', async () => {
    const { call } = setUp([analysisOf(async () => 'fine'), analysisOf(async () => 'fine', { name: 'measure' })]);
    await call({ what: 'x' });
    await expect(call({ job: 'job-1' }, { tool: 'measure' })).rejects.toMatchObject({
      code: 'invalid_argument',
      message: 'job: job-1 is of weigh; pass it there.',
    });
  });
});

describe('of many analyses', () => {
  const names = (count: number) => Array.from({ length: count }, (_, i) => `w${i + 1}`);

  test('the last 50 are kept', async () => {
    const { call, states } = setUp([analysisOf(async () => 'fine')]);
    for (const what of names(53)) await call({ what });
    const kept = await states();
    expect(kept).toHaveLength(50);
    expect([kept[0], kept.at(-1)]).toEqual(['job-53 done', 'job-4 done']);
    await expect(call({ job: 'job-3' })).rejects.toMatchObject({ code: 'not_found' });
  });

  test('fewer are, where they are large, but the newest always', async () => {
    const { call, states } = setUp([analysisOf(async ({ what }) => what.repeat(1000))], { maxBytes: 30_000 });
    for (const what of names(20)) await call({ what });
    expect((await states()).length).toBeGreaterThan(1);
    expect((await states()).length).toBeLessThan(6);
    await call({ what: 'x'.repeat(100) });
    expect(await states()).toEqual(['job-21 done']);
  });

  test('those that run are not forgotten; with no room for one more it is answered without a handle', async () => {
    const work = endless();
    const { call, states } = setUp([analysisOf(work.run)], { answerWithinMs: 5, maxKept: 2 });
    for (const what of ['a', 'b']) await call({ what });
    const third = call({ what: 'c' });
    await settle();
    work.finish('heavy');
    expect(await third).toEqual({ text: 'heavy', data: { text: 'heavy' } });
    expect(await states()).toEqual(['job-2 done', 'job-1 done']);
  });
});

test('progress only grows, whatever the parts of a tool report', async () => {
  const progress = vi.fn();
  const restless: Run = async (_args, call) => {
    for (const done of [0, 2, 1, 2, 3]) call.progress(done, 3, `${done}`);
    return 'fine';
  };
  await guardOf([analysisOf(restless)]).callTool('weigh', { what: 'x' }, callContext({ progress }));
  expect(progress.mock.calls.map(([done]) => done)).toEqual([0, 2, 3]);
});
