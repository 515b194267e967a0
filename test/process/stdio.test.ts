import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectSafeAnswer } from '../support/answer-checks.ts';
import { programCommand } from '../support/program.ts';
import { type Message, openStdio, type StdioSession, textOf } from '../support/stdio-session.ts';
import { type TemporaryDir, temporaryDir } from '../support/temporary-dir.ts';
import { until } from '../support/until.ts';

let data: TemporaryDir;
beforeAll(() => {
  data = temporaryDir();
});
afterAll(() => data[Symbol.dispose]());

const lineLimit = 10 * 1024 ** 2;
const pingLine = (bytes: number, id: number) => {
  const line = (x: string) => `{"jsonrpc":"2.0","id":${id},"method":"ping","params":{"x":"${x}"}}\n`;
  return line('a'.repeat(bytes - line('').length));
};

describe('lines that are no request', () => {
  let server: StdioSession;
  beforeAll(async () => {
    server = openStdio(programCommand(data.path, 'stdio'));
    await server.initialize();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test.each([
    ['nothing', ''],
    ['spaces', '   \t'],
    ['broken JSON', '{"jsonrpc":"2.0","id":100,'],
    ['words', 'hello, are you there?'],
    ['null', 'null'],
    ['a number', '42'],
    ['an empty batch', '[]'],
    ['a batch, which the protocol no longer has', '[{"jsonrpc":"2.0","id":100,"method":"ping"}]'],
    ['another version of JSON-RPC', '{"jsonrpc":"1.0","id":100,"method":"ping"}'],
    ['an id that is an object', '{"jsonrpc":"2.0","id":{},"method":"ping"}'],
    ['a method that is a number', '{"jsonrpc":"2.0","id":100,"method":5}'],
    ['params that are a list', '{"jsonrpc":"2.0","id":100,"method":"tools/call","params":[]}'],
    ['an answer to nothing', '{"jsonrpc":"2.0","id":100,"result":{}}'],
    ['an error to nothing', '{"jsonrpc":"2.0","id":100,"error":{"code":1,"message":"x"}}'],
    ['an unknown notification', '{"jsonrpc":"2.0","method":"notifications/nonsense"}'],
    [
      'the end of a request that is not under way',
      '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":9}}',
    ],
    ['deep JSON', `{"jsonrpc":"2.0","id":100,"method":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['a header of another protocol', 'Content-Length: 43\r\n\r'],
    ['control characters', '\0\u0001\u001b[2J\u007f'],
  ])('%s is passed over, or refused, and the next request answered', async (_name, line) => {
    const before = server.messages.length;
    await server.write(`${line}\n`);
    expect(await server.request('ping')).toMatchObject({ result: {} });
    const answers = server.messages.slice(before).filter(({ id }) => id === 100);
    for (const answer of answers) expect(answer.error, line).toBeDefined();
  });

  test('bytes that are no UTF-8 are passed over', async () => {
    await server.write(Uint8Array.from([0xff, 0xfe, 0xc0, 0x80, 0xed, 0xa0, 0x80, 0x0a]));
    expect(await server.request('ping')).toMatchObject({ result: {} });
  });

  test.each([
    ['an unknown method', 'tools/destroy', {}, -32601],
    ['a method that is a property of every object', '__proto__', {}, -32601],
    ['a call without a name', 'tools/call', {}, -32602],
    ['a name that is a number', 'tools/call', { name: 5 }, -32602],
    ['arguments that are a list', 'tools/call', { name: 'list_hosts', arguments: [] }, -32602],
    ['arguments that are text', 'tools/call', { name: 'list_hosts', arguments: '{}' }, -32602],
    ['a prompt that is unknown', 'prompts/get', { name: 'x' }, -32602],
  ])('%s gets an error with its code', async (_name, method, params, code) => {
    const answer = await server.request(method, params);
    expectSafeAnswer(answer, { method, params });
    expect(answer.error?.code).toBe(code);
  });

  test('a request in pieces is read as one', async () => {
    for (const byte of Buffer.from('{"jsonrpc":"2.0","id":"p","method":"ping"}\n'))
      await server.write(Uint8Array.of(byte));
    await until('the answer', () => server.messages.some(({ id }) => id === 'p'));
  });

  test('a line just below 10 MB is read', async () => {
    await server.write(pingLine(lineLimit - 1_000, 300));
    await until('the answer', () => server.messages.some(({ id }) => id === 300));
  });

  test('nothing but JSON-RPC was written to stdout, and nothing to stderr', async () => {
    for (const message of server.messages) expect(message).toMatchObject({ jsonrpc: '2.0' });
    expect(server.stderr()).toBe('');
  });
});

describe('a line beyond 10 MB', () => {
  test.each(['before', 'after'])('%s the handshake ends the program, which says why', async (when) => {
    await using server = openStdio(programCommand(data.path, 'stdio'));
    if (when === 'after') await server.initialize();
    void server.write(pingLine(lineLimit + 100_000, 300));
    expect(await server.ended).toEqual({ code: 0, signal: null });
    expect(server.stderr()).toMatch(/^\S+ warn [^\n]*10485760 bytes[^\n]*\n$/);
  });
});

describe.runIf(process.platform === 'linux')('on a machine where it never ran', () => {
  let server: StdioSession;
  let fresh: TemporaryDir;
  beforeAll(async () => {
    fresh = temporaryDir();
    server = openStdio(programCommand(fresh.path, 'stdio'));
    await server.initialize();
    await until('three readings', async () => /; ([3-9]|\d\d+) samples/.test(await call('query_metrics', { metric })));
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    fresh[Symbol.dispose]();
  });

  const metric = 'system.memory.utilization';
  const resultOf = ({ result, error }: Message) => {
    expect(error).toBeUndefined();
    return result ?? {};
  };
  async function ask(name: string, args: Record<string, unknown> = {}): Promise<Message> {
    const answer = await server.request('tools/call', { name, arguments: args });
    expect(resultOf(answer), name).not.toHaveProperty('isError');
    return answer;
  }
  const call = async (name: string, args?: Record<string, unknown>) => textOf(await ask(name, args));
  const dataOf = async (name: string, args?: Record<string, unknown>) =>
    resultOf(await ask(name, args)).structuredContent as Record<string, unknown>;
  const factOf = async (kind: string) => {
    const { facts } = (await dataOf('get_host_snapshot')) as { facts: Record<string, unknown>[] };
    return facts.find((fact) => fact.kind === kind) ?? {};
  };

  test('the host is this one, and reporting', async () => {
    expect(await call('list_hosts')).toContain(`${hostname()} (this host): reporting`);
  });

  test('the snapshot agrees with /proc', async () => {
    const memTotal = Number(/^MemTotal: +(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]) * 1024;
    const { memory_bytes: memory, cpus, uptime_seconds: uptime } = await factOf('machine');
    // Numbers are told with five digits.
    expect(Number(memory) / memTotal).toBeCloseTo(1, 4);
    expect(cpus).toBe(readFileSync('/proc/stat', 'utf8').match(/^cpu\d+ /gm)?.length);
    const [uptimeSeconds = 0] = readFileSync('/proc/uptime', 'utf8').split(' ').map(Number);
    expect(Math.abs(Number(uptime) - uptimeSeconds)).toBeLessThan(90);
    const processes = await until('the processes', async () => (await factOf('processes')).total as number | undefined);
    expect(processes).toBeGreaterThan(1);
  });

  test('the memory in use agrees with /proc', async () => {
    const meminfo = readFileSync('/proc/meminfo', 'utf8');
    const kib = (name: string) => Number(new RegExp(`^${name}: +(\\d+)`, 'm').exec(meminfo)?.[1]);
    const used = 1 - kib('MemAvailable') / kib('MemTotal');
    const { series } = await dataOf('query_metrics', { metric });
    const [{ statistics }] = series as [{ statistics: { last: number } }];
    expect(Math.abs(statistics.last - used)).toBeLessThan(0.2);
  });

  test('every tool answers', async () => {
    expect(await call('list_metrics', { match: 'memory' })).toContain(metric);
    expect(await call('forecast_metric', { metric, horizon: '1m' })).toContain('Forecaster');
    expect(await call('forecast_capacity')).toMatch(/^\d+ resources of 1 host/);
    expect(await call('detect_anomalies', { metric })).toMatch(/odd/);
    expect(await call('find_correlated_metrics')).toMatch(/nothing to hold|changed/i);
    expect(await call('query_audit_log')).toContain('local tool forecast_metric: ok');
    const { tools } = resultOf(await server.request('tools/list')) as { tools: { name: string }[] };
    expect(tools.map(({ name }) => name).toSorted()).toEqual(
      [
        ...[
          'detect_anomalies',
          'find_correlated_metrics',
          'forecast_capacity',
          'forecast_metric',
          'get_host_snapshot',
          'list_hosts',
          'list_metrics',
        ],
        ...['query_audit_log', 'query_metrics'],
      ].toSorted(),
    );
  });

  test('resources and prompts know this host', async () => {
    const { resources } = resultOf(await server.request('resources/list')) as { resources: { uri: string }[] };
    for (const { uri } of resources) {
      const { contents } = resultOf(await server.request('resources/read', { uri })) as {
        contents: { text: string }[];
      };
      expect(JSON.parse(contents[0]?.text ?? '')).toBeInstanceOf(Object);
      if (/\/hosts/.test(uri)) expect(contents[0]?.text).toContain(hostname());
    }
    expect(resources.map(({ uri }) => uri)).toContain('openmanager://analyses');
    const { prompts } = resultOf(await server.request('prompts/list')) as { prompts: { name: string }[] };
    expect(prompts.length).toBeGreaterThan(0);
    for (const { name } of prompts)
      expect(JSON.stringify(resultOf(await server.request('prompts/get', { name })))).toContain(hostname());
  });
});
