import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectSafeAnswer } from '../support/answer-checks.ts';
import { initialize, postHeaders } from '../support/mcp-request.ts';
import { naughtyStrings } from '../support/naughty-strings.ts';
import { type StartedServer, startServer } from '../support/program.ts';
import type { Message } from '../support/stdio-session.ts';

let server: StartedServer;
let session: string;
let nextId = 10;

beforeAll(async () => {
  server = await startServer();
  const opened = await post(JSON.stringify(initialize));
  session = opened.headers.get('mcp-session-id') ?? '';
  await opened.text();
});

afterAll(() => server[Symbol.asyncDispose]());

function post(body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(server.url, {
    method: 'POST',
    headers: {
      ...postHeaders,
      authorization: `Bearer ${server.token}`,
      ...(session && { 'mcp-session-id': session, 'mcp-protocol-version': '2025-11-25' }),
      ...headers,
    },
    body,
  });
}

async function answerTo(method: string, params: unknown): Promise<Message> {
  const response = await post(JSON.stringify({ jsonrpc: '2.0', id: nextId++, method, params }));
  const text = await response.text();
  const [event = text] = text.split('\n').filter((line) => line.startsWith('data: {'));
  return JSON.parse(event.replace(/^data: /, '')) as Message;
}

const stillAnswers = async () =>
  expect(await answerTo('tools/call', { name: 'list_hosts' })).toMatchObject({ result: { content: [{}] } });

describe('the program over HTTP', () => {
  test('answers naughty arguments, names and URIs', async () => {
    const ask = async (text: string) => {
      const requests = [
        [
          'tools/call',
          { name: 'query_metrics', arguments: { metric: text, labels: Object.fromEntries([[text, text]]) } },
        ],
        ['tools/call', { name: 'detect_anomalies', arguments: { host: text, from: text, to: text } }],
        ['tools/call', { name: text, arguments: {} }],
        ['resources/read', { uri: `openmanager://hosts/${text}` }],
        ['prompts/get', { name: 'plan_capacity', arguments: { host: text } }],
      ] as const;
      const answers = await Promise.all(requests.map(([method, params]) => answerTo(method, params)));
      for (const [i, answer] of answers.entries()) expectSafeAnswer(answer, requests[i]);
    };
    for (let i = 0; i < naughtyStrings.length; i += 8) await Promise.all(naughtyStrings.slice(i, i + 8).map(ask));
  });

  test('refuses naughty tokens, sessions and origins', async () => {
    // A header holds Latin-1 without control characters, and fetch trims it.
    const sendable = naughtyStrings.filter((text) => /^[\x21-\x7e\xa1-\xff]{2,200}$/.test(text));
    expect(sendable.length).toBeGreaterThan(80);
    for (const text of sendable) {
      expect((await post('{}', { authorization: text })).status, text).toBe(401);
      expect((await post('{}', { authorization: `Bearer ${text}` })).status, text).toBe(401);
      expect((await post(JSON.stringify(initialize), { 'mcp-session-id': text })).status, text).toBe(404);
      const origin = await post(JSON.stringify(initialize), { origin: text });
      expect([200, 403], text).toContain(origin.status);
      expectNothingInside(await origin.text());
    }
  });

  test('refuses bodies that are no request', async () => {
    const bodies: (string | Uint8Array<ArrayBuffer>)[] = [
      ...['', '{', 'null', '42', '"x"', '[]', '[[]]', '{}', '{"jsonrpc":"1.0","id":1,"method":"ping"}', '\ufeff{}'],
      ...['{"jsonrpc":"2.0","id":{},"method":"ping"}', '{"jsonrpc":"2.0","id":1,"method":5}', '['.repeat(100_000)],
      new Uint8Array([0, 1, 255, 254]),
      new Uint8Array(10_000),
    ];
    for (const body of bodies) {
      const response = await post(body);
      const text = await response.text();
      expect(response.status, `${String(body).slice(0, 60)}: ${text}`).toBe(400);
      expect(JSON.parse(text)).toMatchObject({ jsonrpc: '2.0', error: { code: expect.any(Number) } });
      expectNothingInside(text);
    }
  });

  test('refuses a body beyond the limit, and reads one just below it', async () => {
    const ping = (chars: number) =>
      JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping', params: { x: 'a'.repeat(chars) } });
    // A client that is still writing when the server hangs up may not get to read why.
    const refused = post(ping(4_194_304)).then(
      ({ status }) => status,
      () => 'hung up',
    );
    expect([413, 'hung up']).toContain(await refused);
    expect((await post(ping(4_190_000))).status).toBe(200);
  });

  test('still answers after all of it, and had nothing to report', async () => {
    await stillAnswers();
    expect(server.stderr()).toBe('');
    expect(await server.stop()).toBe(0);
  });
});

function expectNothingInside(text: string): void {
  expectSafeAnswer({ jsonrpc: '2.0', result: { text } }, 'an HTTP request');
}
