import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { initialize, postHeaders } from '../support/mcp-request.ts';
import { programCommand, startServerOn } from '../support/program.ts';
import { openStdio, type StdioSession } from '../support/stdio-session.ts';
import { type TemporaryDir, temporaryDir } from '../support/temporary-dir.ts';
import { until } from '../support/until.ts';

const started = (data: TemporaryDir) => openStdio(programCommand(data.path, 'stdio'));

function select(data: TemporaryDir, sql: string): Record<string, unknown>[] {
  using database = new DatabaseSync(join(data.path, 'openmanager.db'), { readOnly: true });
  return database.prepare(sql).all();
}

const audited = (data: TemporaryDir) => select(data, 'select action, outcome, error_code from audit order by id');

const deadlineMs = 10_000;
async function expectEndsWithin(server: StdioSession): Promise<void> {
  const startedMs = performance.now();
  expect(await server.ended).toEqual({ code: 0, signal: null });
  expect(performance.now() - startedMs).toBeLessThan(deadlineMs);
}

const endings: [string, (server: StdioSession) => void][] = [
  ['its input is closed', (server) => server.closeInput()],
  ['SIGTERM comes', (server) => server.kill('SIGTERM')],
  ['SIGINT comes', (server) => server.kill('SIGINT')],
  ['SIGHUP comes', (server) => server.kill('SIGHUP')],
];

describe.concurrent.each(endings)('on stdio, when %s', (_name, end) => {
  test('the program ends with code 0 and has stored what it was asked and what it has read', async () => {
    using data = temporaryDir();
    const server = started(data);
    await server.initialize();
    await until('two readings', async () => {
      const { result } = await server.request('tools/call', {
        name: 'query_metrics',
        arguments: { metric: 'system.cpu.utilization' },
      });
      return /; [2-9] samples/.test(JSON.stringify(result));
    });
    const calls = server.messages.length - 1;
    await Promise.all(Array.from({ length: 20 }, () => server.request('tools/call', { name: 'list_hosts' })));
    end(server);
    await expectEndsWithin(server);
    expect(server.stderr()).toBe('');
    expect(audited(data)).toHaveLength(calls + 20);
    expect(Number(select(data, 'select count(*) as n from journal')[0]?.n)).toBeGreaterThanOrEqual(2);
  });

  test('a call under way is given up, and is in the audit log', async () => {
    using data = temporaryDir();
    const server = started(data);
    await server.initialize();
    await server.request('tools/call', { name: 'list_hosts' });
    const call = server.request('tools/call', { name: 'detect_anomalies', _meta: { progressToken: 1 } });
    call.catch(() => {});
    await until('its progress', () => server.messages.some(({ method }) => method === 'notifications/progress'));
    end(server);
    await expectEndsWithin(server);
    expect(audited(data)).toMatchObject([{ action: 'list_hosts' }, { action: 'detect_anomalies' }]);
    expect(server.stderr()).toBe('');
  });
});

test('a call that came just before the client left is in the audit log', async () => {
  using data = temporaryDir();
  const server = started(data);
  await server.initialize();
  const call = server.request('tools/call', { name: 'query_metrics', arguments: { metric: 'nothing' } });
  call.catch(() => {});
  // Answered once the call has begun, which takes the engines' start.
  await server.request('ping');
  server.closeInput();
  await expectEndsWithin(server);
  expect(audited(data)).toMatchObject([{ action: 'query_metrics', outcome: 'error' }]);
  expect(server.stderr()).toBe('');
});

test('a client that leaves before the handshake ends it', async () => {
  using data = temporaryDir();
  const server = started(data);
  server.closeInput();
  await expectEndsWithin(server);
  expect(server.stderr()).toBe('');
});

describe('a client on stdio', () => {
  test('that never reads does not harm the program', async () => {
    using data = temporaryDir();
    const { command, args, env } = programCommand(data.path, 'stdio');
    const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (chunk) => (stderr += chunk));
    const ended = once(child, 'exit');
    child.stdin.on('error', () => {});
    const lines = Array.from({ length: 400 }, (_, id) => JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/list' }));
    child.stdin.write(`${JSON.stringify(initialize)}\n${lines.join('\n')}\n`);
    // More than a pipe holds: nothing is read until every answer waits.
    await until('an answer', () => child.stdout.readableLength > 0);
    child.stdin.end();
    let bytes = 0;
    child.stdout.on('data', (chunk: Buffer) => (bytes += chunk.length));
    expect(await ended).toEqual([0, null]);
    expect(bytes).toBeGreaterThan(0);
    expect(stderr).toBe('');
  });

  test('that stops listening but keeps its pipe open ends the program, which says why', async () => {
    using data = temporaryDir();
    const { command, args, env } = programCommand(data.path, 'stdio');
    const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (chunk) => (stderr += chunk));
    const ended = once(child, 'exit');
    child.stdin.on('error', () => {});
    child.stdin.write(`${JSON.stringify(initialize)}\n`);
    await once(child.stdout, 'data');
    child.stdout.destroy();
    child.stdin.write('{"jsonrpc":"2.0","id":2,"method":"tools/list"}\n');
    expect(await ended).toEqual([0, null]);
    expect(stderr).toMatch(/^\S+ warn the connection to the client broke [^\n]*EPIPE[^\n]*\n$/);
  });
});

describe('over HTTP', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s ends the program with code 0 while a stream is open',
    async (signal) => {
      using data = temporaryDir();
      await using server = await startServerOn(data.path);
      const headers = { ...postHeaders, authorization: `Bearer ${server.token}` };
      const opened = await fetch(server.url, { method: 'POST', headers, body: JSON.stringify(initialize) });
      await opened.text();
      const session = { ...headers, 'mcp-session-id': opened.headers.get('mcp-session-id') ?? '' };
      const stream = fetch(server.url, { headers: { ...session, accept: 'text/event-stream' } })
        .then((response) => response.text())
        .catch(() => 'cut');
      const call = { jsonrpc: '2.0', id: 5, method: 'tools/call', params: { name: 'list_hosts' } };
      await (await fetch(server.url, { method: 'POST', headers: session, body: JSON.stringify(call) })).text();
      const startedMs = performance.now();
      server.kill(signal);
      expect(await server.ended).toBe(0);
      expect(performance.now() - startedMs).toBeLessThan(deadlineMs);
      await stream;
      expect(server.stderr()).toBe('');
      expect(audited(data)).toMatchObject([{ action: 'list_hosts', outcome: 'ok' }]);
    },
  );
});

test('a server whose output nobody reads any more goes on, at rest, and ends when told to', async () => {
  using data = temporaryDir();
  const { command, args, env } = programCommand(data.path, 'serve', '--port', '0', '--log-level', 'debug');
  const server = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  await once(server.stdout, 'data');
  server.stdout.destroy();
  server.stderr.destroy();
  const stored = () => select(data, 'select count(*) as n from journal')[0]?.n;
  await until('three readings after that', async () => Number(stored()) >= 3);
  // It logs at its end too; a server that reported that it cannot report would never get there.
  server.kill('SIGTERM');
  expect(await once(server, 'exit')).toEqual([0, null]);
});
