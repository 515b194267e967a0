import { once } from 'node:events';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HttpServer } from '../../src/server/http.ts';
import { discover, initialize, ping, postHeaders } from '../support/mcp-request.ts';
import { startTestServer, testParts } from '../support/test-server.ts';

const maxBodyBytes = 10_000;
const asAda = { authorization: 'Bearer ada-token' };

let server: HttpServer;
let url: URL;

beforeAll(async () => {
  server = await startTestServer(testParts(), { maxBodyBytes, allowedHosts: ['ops.example.com'] });
  url = new URL(server.url);
});
afterAll(() => server[Symbol.asyncDispose]());

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Sent {
  readonly method?: string;
  readonly path?: string;
  /** Host is sent as it is given; without one, it is the server's own. */
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

function send({ method = 'POST', path = '/mcp', headers = {}, body }: Sent): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const request = httpRequest({ hostname: url.hostname, port: url.port, method, path, headers }, (response) => {
    let text = '';
    response.on('data', (chunk) => (text += chunk));
    response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: text }));
  });
  request.on('error', reject);
  request.end(body);
  return promise;
}

function post(body: string, headers: Record<string, string> = {}): Promise<Answer> {
  return send({ headers: { ...postHeaders, ...asAda, ...headers }, body });
}

/** What the server says to `text` before it closes the connection. */
async function sendRaw(text: string): Promise<string> {
  const socket = connect(Number(url.port), url.hostname);
  // Not once(): the server may close before it has read everything, and what it said counts all the same.
  const ended = new Promise((resolve) => socket.on('close', resolve));
  let answer = '';
  socket.on('data', (chunk) => (answer += chunk));
  socket.on('error', () => {});
  socket.write(text);
  await ended;
  return answer;
}

async function openSession(): Promise<string> {
  const { headers } = await post(JSON.stringify(initialize));
  return String(headers['mcp-session-id']);
}

/** Whether a client of each era is served as if nothing had happened. */
async function expectServing(): Promise<void> {
  const id = await openSession();
  expect((await post(JSON.stringify(ping), { 'mcp-session-id': id })).status).toBe(200);
  expect((await send(discover(asAda))).status).toBe(200);
}

describe('a foreign Host or Origin', () => {
  const foreign = [
    { host: 'evil.example.com' },
    { host: 'localhost.evil.example.com' },
    { host: 'ops.example.com.evil' },
    { host: '127.0.0.1@evil.example.com' },
    { host: '10.0.0.1' },
    { origin: 'http://evil.example.com' },
    { origin: 'null' },
    { origin: 'file://localhost' },
    { origin: 'http://localhost, http://evil.example.com' },
    { origin: 'http://localhost@evil.example.com' },
  ];

  test.each(foreign)('%o is refused on every route and by every method', async (headers) => {
    for (const path of ['/mcp', '/', '/mcp/', '/health', '/anything?x=1']) {
      for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
        const { status } = await send({ method, path, headers: { ...asAda, ...headers } });
        expect(status, `${method} ${path}`).toBe(403);
      }
    }
  });

  test.each([
    { host: 'localhost' },
    { host: 'LOCALHOST:1234' },
    { host: '[::1]:7070' },
    { host: 'ops.example.com' },
    { origin: 'http://localhost:3000' },
    { origin: 'https://ops.example.com' },
  ])('is not %o', async (headers) => {
    expect((await send(discover({ ...asAda, ...headers }))).status).toBe(200);
  });
});

describe('a token', () => {
  test.each([
    ['none', {}],
    ['a wrong one', { authorization: 'Bearer nobody' }],
    ['an empty one', { authorization: 'Bearer ' }],
    ['another scheme', { authorization: 'Basic YWRhOmFkYQ==' }],
    ['one in the query alone', {}],
  ])('%s is answered with 401 by every method', async (name, headers) => {
    const path = name.includes('query') ? '/mcp?access_token=ada-token' : '/mcp';
    for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const answer = await send({ method, path, headers: { ...postHeaders, ...headers } });
      expect({ status: answer.status, challenge: answer.headers['www-authenticate'] }, method).toEqual({
        status: 401,
        challenge: expect.stringMatching(/^Bearer /),
      });
    }
  });

  test('of another subject does not open a session', async () => {
    const id = await openSession();
    const headers = { 'mcp-session-id': id };
    expect((await post(JSON.stringify(ping), { ...headers, authorization: 'Bearer eve-token' })).status).toBe(404);
    expect((await post(JSON.stringify(ping), headers)).status).toBe(200);
  });

  test('is asked for before the body is read', async () => {
    const { status } = await send({ headers: postHeaders, body: '{'.repeat(2 * maxBodyBytes) });
    expect(status).toBe(401);
  });
});

describe('a body', () => {
  test.each(['', '{', 'nonsense', '{"jsonrpc":"2.0",}', '\u0000'])('%j is a parse error', async (body) => {
    const answer = await post(body);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toEqual({
      jsonrpc: '2.0',
      id: null,
      error: { code: -32700, message: expect.stringContaining('not valid JSON') },
    });
    await expectServing();
  });

  test.each(['null', '42', '"text"', '[]', '{}', '{"jsonrpc":"1.0","id":1,"method":"ping"}'])(
    '%s is no request',
    async (body) => {
      const answer = await post(body);
      expect(answer.status).toBe(400);
      expect(JSON.parse(answer.body)).toMatchObject({ jsonrpc: '2.0', error: { code: expect.any(Number) } });
      await expectServing();
    },
  );

  test('of a type that is not JSON is refused', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      expect((await post(JSON.stringify(initialize), { 'content-type': type })).status, type).toBe(415);
      expect((await send({ ...discover({ ...asAda, 'content-type': type }) })).status, type).toBe(415);
    }
  });

  test('of as many bytes as allowed is read, and of one more is not', async () => {
    const padded = (bytes: number) => JSON.stringify(ping).padEnd(bytes);
    const id = { 'mcp-session-id': await openSession() };
    expect((await post(padded(maxBodyBytes), id)).status).toBe(200);
    const refused = await post(padded(maxBodyBytes + 1), id);
    expect(refused.status).toBe(413);
    expect(JSON.parse(refused.body)).toMatchObject({ error: { message: expect.stringContaining('10000 bytes') } });
  });

  test('that does not say how long it is, is not read further than allowed', async () => {
    const chunk = `3e8\r\n${' '.repeat(1000)}\r\n`;
    const answer = await sendRaw(
      `POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${asAda.authorization}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(12)}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    await expectServing();
  });
});

describe('the server survives', () => {
  test('headers without end', async () => {
    const answer = await sendRaw(`GET /mcp HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'x'.repeat(20_000)}`);
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    await expectServing();
  });

  test.each([
    ['a client that goes in its headers', 'POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuth'],
    [
      'a client that goes in its body',
      `POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${asAda.authorization}\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"jsonrpc"`,
    ],
    ['a client that says nothing', ''],
  ])('%s', async (_name, text) => {
    const socket = connect(Number(url.port), url.hostname);
    await once(socket, 'connect');
    await new Promise((resolve) => socket.write(text || '\r\n', resolve));
    await expectServing();
    socket.resetAndDestroy();
    await expectServing();
  });

  test.each([
    ['what is not HTTP', '\u0016\u0003\u0001 hello\r\n\r\n'],
    ['a request without a Host', 'GET /mcp HTTP/1.1\r\n\r\n'],
    [
      'a body with two lengths',
      'POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello',
    ],
  ])('%s', async (_name, text) => {
    const answer = await sendRaw(text);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    await expectServing();
  });

  test('clients that hold their connections open', async () => {
    const sockets = Array.from({ length: 50 }, () => connect(Number(url.port), url.hostname));
    for (const socket of sockets) socket.write('POST /mcp HTTP/1.1\r\nHost: localhost\r\n');
    await expectServing();
    for (const socket of sockets) socket.destroy();
  });
});

test('an unknown path is answered with 404, and with where MCP is', async () => {
  const answer = await send({ method: 'GET', path: '/sse', headers: asAda });
  expect(answer.status).toBe(404);
  expect(answer.body).toContain('/mcp');
});
