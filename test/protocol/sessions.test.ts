import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Clock } from '../../src/core/clock.ts';
import { createMcpConnection } from '../../src/server/mcp.ts';
import { createSessions, type Sessions } from '../../src/server/sessions.ts';
import { initialize, ping, postHeaders } from '../support/mcp-request.ts';
import { caller, testParts } from '../support/test-server.ts';

const idleMs = 1_800_000;
const maxSessions = 3;

let sessions: Sessions;
let ended: string[];

/** Time passes for the sessions' clock and timers at once. */
function pass(ms: number): void {
  nowMs += ms;
  vi.advanceTimersByTime(ms);
}

let nowMs = 0;
const clock: Clock = { now: () => nowMs, monotonic: () => nowMs };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  nowMs = 0;
  ended = [];
  const parts = testParts({}, clock);
  let ids = 0;
  sessions = createSessions({
    connect: (who) => createMcpConnection(parts, who, 'legacy'),
    maxSessions,
    idleMs,
    clock,
    newId: () => `session-${++ids}`,
    onEnd: (id) => ended.push(id),
  });
});

afterEach(async () => {
  await sessions[Symbol.asyncDispose]();
  vi.useRealTimers();
});

async function send(body: unknown, sessionId?: string, subject = 'ada'): Promise<Response> {
  const request = new Request('http://localhost/mcp', {
    method: 'POST',
    headers: { ...postHeaders, ...(sessionId && { 'mcp-session-id': sessionId }) },
    body: JSON.stringify(body),
  });
  return sessions.fetch(request, body, caller(subject));
}

/** Opens a session and returns its id, its answer read to the end. */
async function open(subject?: string): Promise<string> {
  const response = await send(initialize, undefined, subject);
  expect(response.status).toBe(200);
  await response.text();
  return response.headers.get('mcp-session-id') ?? '';
}

async function statusOf(sessionId: string, subject?: string): Promise<number> {
  const response = await send(ping, sessionId, subject);
  await response.text();
  return response.status;
}

function listen(sessionId: string): Promise<Response> {
  const headers = { accept: 'text/event-stream', 'mcp-session-id': sessionId };
  return sessions.fetch(new Request('http://localhost/mcp', { headers }), undefined, caller('ada'));
}

describe('an idle session', () => {
  test('ends', async () => {
    const id = await open();
    pass(idleMs - 1);
    expect(await statusOf(id)).toBe(200);
    pass(idleMs + 60_000);
    expect(await statusOf(id)).toBe(404);
    expect(ended).toEqual([id]);
  });

  test('lives on while it is used', async () => {
    const id = await open();
    for (let i = 0; i < 5; i++) {
      pass(idleMs / 2);
      expect(await statusOf(id)).toBe(200);
    }
  });

  test('is not one whose client listens, until it stops', async () => {
    const id = await open();
    const stream = await listen(id);
    expect(stream.status).toBe(200);
    pass(10 * idleMs);
    expect(await statusOf(id)).toBe(200);
    await stream.body?.cancel();
    pass(idleMs + 60_000);
    expect(await statusOf(id)).toBe(404);
  });
});

describe('when there are as many sessions as may be', () => {
  test('the one unused for longest makes room', async () => {
    const [first, second, third] = [await open(), await open(), await open()];
    pass(1);
    await statusOf(first);
    const fourth = await open();
    expect(await Promise.all([first, second, third, fourth].map((id) => statusOf(id)))).toEqual([200, 404, 200, 200]);
  });

  test('a new one is refused while all are busy', async () => {
    const streams = [];
    for (let i = 0; i < maxSessions; i++) streams.push(await listen(await open()));
    const refused = await send(initialize);
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ error: { message: expect.stringContaining('in use') } });
    await streams[0]?.body?.cancel();
    await open();
  });

  test('clients that come at the same time do not get more', async () => {
    const opened = await Promise.all(Array.from({ length: 4 * maxSessions }, () => send(initialize)));
    const ids = opened.flatMap((response) => response.headers.get('mcp-session-id') ?? []);
    const alive = await Promise.all(ids.map((id) => statusOf(id)));
    expect(alive.filter((status) => status === 200).length).toBeLessThanOrEqual(maxSessions);
  });

  test.each([
    ['a request without a session', () => send(ping)],
    ['a stream without a session', () => sessions.fetch(new Request('http://localhost/mcp'), undefined, caller('ada'))],
    ['an initialization that is none', () => send({ ...initialize, params: {} })],
  ])('%s ends none', async (_name, misuse) => {
    const ids = [await open(), await open(), await open()];
    expect((await misuse()).status).toBeGreaterThanOrEqual(400);
    expect(await Promise.all(ids.map((id) => statusOf(id)))).toEqual([200, 200, 200]);
  });
});

describe('a session id', () => {
  test('of another subject is answered as an unknown one', async () => {
    const id = await open('ada');
    const foreign = await send(ping, id, 'eve');
    const unknown = await send(ping, 'session-999', 'eve');
    expect([foreign.status, unknown.status]).toEqual([404, 404]);
    expect(await foreign.json()).toEqual(await unknown.json());
    expect(await statusOf(id, 'ada')).toBe(200);
  });

  test('of another subject does not end its session', async () => {
    const id = await open('ada');
    const end = (subject: string) => {
      const request = new Request('http://localhost/mcp', { method: 'DELETE', headers: { 'mcp-session-id': id } });
      return sessions.fetch(request, undefined, caller(subject));
    };
    expect((await end('eve')).status).toBe(404);
    expect(await statusOf(id)).toBe(200);
    expect(ended).toEqual([]);
    expect((await end('ada')).status).toBe(200);
    expect(await statusOf(id)).toBe(404);
    expect(ended).toEqual([id]);
  });
});
