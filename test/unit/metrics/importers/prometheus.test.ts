import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Secret } from '../../../../src/core/secret.ts';
import { type PrometheusOptions, readPrometheus } from '../../../../src/metrics/importers/prometheus.ts';
import { createPrometheusClient } from '../../../../src/metrics/importers/prometheus-client.ts';
import { collect } from '../../../support/collected.ts';
import { findPrometheus, startPrometheus } from '../../../support/prometheus-server.ts';

type Answer = { status?: number; headers?: Record<string, string>; body?: unknown };
/** What a server says to a request for the path after /api/v1/, or nothing: then the connection breaks. */
type Script = (path: string, query: URLSearchParams, request: IncomingMessage) => Answer | null;

const fromMs = Date.parse('2026-01-01T00:00:00Z');
const up = { __name__: 'up', instance: 'web-1:9100', job: 'node' };
const success = (data: unknown): Answer => ({ body: { status: 'success', data } });
const failure = (status: number, errorType: string, error: string): Answer => ({
  status,
  body: { status: 'error', errorType, error },
});

/** A value a step of every series, as the API documents it. */
function matrix(
  query: URLSearchParams,
  series: readonly Record<string, string>[] = [up],
  value = (t: number) => String(t % 100),
): Answer {
  const [start, end, step] = ['start', 'end', 'step'].map((name) => Number(query.get(name))) as [
    number,
    number,
    number,
  ];
  const times = Array.from({ length: Math.floor((end - start) / step) + 1 }, (_, i) => start + i * step);
  return success({
    resultType: 'matrix',
    result: series.map((metric) => ({ metric, values: times.map((t) => [t, value(t)]) })),
  });
}

async function imported(script: Script, options: Partial<PrometheusOptions> = {}, token?: string) {
  const asked: { path: string; start: number; end: number }[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    const path = url.pathname.replace('/api/v1/', '');
    // Without it the names tell what is a counter.
    const isMetadata = path === 'metadata';
    if (!isMetadata)
      asked.push({ path, start: Number(url.searchParams.get('start')), end: Number(url.searchParams.get('end')) });
    const answer = isMetadata ? success({}) : script(path, url.searchParams, request);
    if (answer === null) request.socket.destroy();
    else
      response
        .writeHead(answer.status ?? 200, answer.headers)
        .end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  const retries: string[] = [];
  const sleeps: number[] = [];
  const done: number[] = [];
  const client = createPrometheusClient({
    url: new URL(`http://127.0.0.1:${port}/`),
    bearerToken: token === undefined ? undefined : new Secret(token),
    onRetry: (why) => retries.push(why),
    sleep: async (ms) => void sleeps.push(ms),
  });
  const all: PrometheusOptions = {
    match: 'up',
    fromMs,
    toMs: fromMs + 600_000,
    stepMs: 60_000,
    goesOn: false,
    totals: false,
    onDone: async (untilMs) => void done.push(untilMs),
    ...options,
  };
  const result = collect((leftOut) => readPrometheus(client, all, leftOut, new AbortController().signal));
  return { result, asked, retries, sleeps, done };
}

const ok: Script = (path, query) => (path === 'series' ? success([up]) : matrix(query));

describe('history of a Prometheus server', () => {
  test('becomes samples of the host that instance names, at whole steps', async () => {
    const { result } = await imported(ok, { fromMs: fromMs + 1, toMs: fromMs + 200_000 });
    expect((await result).series).toEqual({
      'web-1 up  instance=web-1:9100 job=node': [60, 120, 180].map((s) => [
        fromMs + s * 1000,
        (fromMs / 1000 + s) % 100,
      ]),
    });
  });

  test('is asked for in windows of 11,000 points a series at most, each once', async () => {
    const { result, asked, done } = await imported(ok, { toMs: fromMs + 30_000 * 1000, stepMs: 1000 });
    const { series } = await result;
    const windows = asked
      .filter(({ path }) => path === 'query_range')
      .map(({ start, end }) => [start - fromMs / 1000, end - fromMs / 1000]);
    expect(windows).toEqual([
      [0, 10_999],
      [11_000, 21_999],
      [22_000, 30_000],
    ]);
    expect(done).toEqual(windows.map(([, end = 0]) => fromMs + end * 1000));
    expect(Object.values(series)[0]).toHaveLength(30_001);
  });

  test('is asked for in shorter windows the more series match', async () => {
    const many = Array.from({ length: 1000 }, (_, i) => ({ ...up, cpu: String(i) }));
    const { result, asked } = await imported((path, query) => (path === 'series' ? success(many) : matrix(query)), {
      toMs: fromMs + 60_000 * 399,
    });
    await result;
    expect(asked).toHaveLength(3);
  });

  test('whose values are no numbers, and native histograms, are left out and counted', async () => {
    const values = ['NaN', '+Inf', '-Inf', '1e3', ''].map((value, i) => [fromMs / 1000 + i * 60, value]);
    const result = [
      { metric: up, values },
      { metric: { ...up, job: 'x' }, histograms: [[fromMs / 1000, {}]] },
    ];
    const script: Script = (path) => success(path === 'series' ? [up] : { resultType: 'matrix', result });
    const { series, leftOut } = await (await imported(script)).result;
    expect(series).toEqual({ 'web-1 up  instance=web-1:9100 job=node': [[fromMs + 180_000, 1000]] });
    expect(leftOut.map(({ what, count }) => [what, count])).toEqual([
      ['values that are NaN or infinite', 4],
      ['native histograms', 1],
    ]);
  });

  test('is named by its labels as asked, with the unit that the name ends with', async () => {
    const all = [
      { __name__: 'node_disk_read_bytes_total', instance: '[::1]:9100', node: 'a' },
      { __name__: 'request_seconds_sum', instance: 'plain', node: 'b' },
      { __name__: 'nameless_ratio', job: 'x', node: 'c' },
    ];
    const script: Script = (path, query) => (path === 'series' ? success(all) : matrix(query, all));
    const keysOf = async (options: Partial<PrometheusOptions>) =>
      Object.keys((await (await imported(script, options)).result).series);
    expect(await keysOf({})).toEqual([
      '::1 node_disk_read_bytes_total By/s instance=[::1]:9100 node=a',
      'plain request_seconds_sum s/s node=b',
    ]);
    expect(await keysOf({ hostLabel: 'node', unit: 'X' })).toEqual([
      'a node_disk_read_bytes_total X/s instance=[::1]:9100',
      'b request_seconds_sum X/s instance=plain',
      'c nameless_ratio X job=x',
    ]);
    expect((await keysOf({ host: 'h' }))[2]).toBe('h nameless_ratio 1 job=x node=c');
  });
});

describe('a server that fails', () => {
  test.each([
    ['503 with an error', failure(503, 'unavailable', 'starting\nup'), 'status 503, starting\ufffdup'],
    ['429', { status: 429, headers: { 'retry-after': '7' }, body: 'slow down' }, 'status 429'],
    ['502 of a proxy', { status: 502, body: '<html>' }, 'status 502'],
    ['a broken connection', null, 'it cannot be reached (UND_ERR_SOCKET)'],
  ])('with %s is asked again, after a while', async (_, answer, why) => {
    let failures = 2;
    const { result, retries, sleeps } = await imported((...request) => (failures-- > 0 ? answer : ok(...request)));
    expect(Object.values((await result).series)[0]).toHaveLength(11);
    expect(retries).toEqual([why, why]);
    expect(sleeps).toEqual(why === 'status 429' ? [7_000, 7_000] : [1_000, 2_000]);
  });

  test('all the time is given up', async () => {
    const { result, sleeps } = await imported(() => failure(500, 'internal', 'broken'));
    await expect(result).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/failed 6 times: status 500, broken\.$/),
    });
    expect(sleeps).toEqual([1_000, 2_000, 4_000, 8_000, 16_000]);
  });

  test.each([
    ['points', failure(400, 'bad_data', 'exceeded maximum resolution of 11,000 points per timeseries')],
    ['samples', failure(422, 'execution', 'query processing would load too many samples into memory')],
    ['time', failure(503, 'timeout', 'query timed out in expression evaluation')],
  ])('as there are too many %s is asked for shorter windows', async (_, refusal) => {
    const { result, asked, retries } = await imported(
      (path, query, request) =>
        path === 'query_range' && Number(query.get('end')) - Number(query.get('start')) > 3_000
          ? refusal
          : ok(path, query, request),
      { toMs: fromMs + 60_000 * 199 },
    );
    expect(Object.values((await result).series)[0]).toHaveLength(200);
    expect(asked.length).toBeGreaterThan(4);
    expect(retries).toEqual([]);
  });

  test('with one point already ends the import', async () => {
    const refusal = failure(422, 'execution', 'too many samples');
    const { result } = await imported((path) => (path === 'series' ? success([up]) : refusal));
    await expect(result).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringContaining('Narrow --match.'),
    });
  });
});

describe('refused is', () => {
  test.each<[string, Answer, string, string]>([
    [
      'a selector that it does not know',
      failure(400, 'bad_data', '1:6: parse error'),
      'invalid_argument',
      'refuses the request: status 400, 1:6: parse error. --match takes a selector such as {job="node"}.',
    ],
    ['a missing token', { status: 401, body: '' }, 'unauthenticated', '--bearer-token-file'],
    [
      'a redirect',
      { status: 302, headers: { location: 'http://127.0.0.1:1/' }, body: '' },
      'invalid_argument',
      'redirects elsewhere',
    ],
    ['what the server does not implement', { status: 501, body: '' }, 'not_found', 'check the path of --url'],
    ['a page that is no API', { status: 404, body: '<html>' }, 'not_found', 'check the path of --url'],
    ['no series', success([]), 'not_found', 'Nothing matches up from 2026-01-01T00:00:00Z to 2026-01-01T00:10:00Z'],
    [
      'too many series',
      success(Array.from({ length: 20_001 }, () => up)),
      'invalid_argument',
      'more than 20000 series match',
    ],
    ['an answer without series', success('none'), 'unavailable', 'not with series and samples'],
  ])('%s', async (_, answer, code, message) => {
    const { result, asked } = await imported(() => answer);
    await expect(result).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
    expect(asked).toHaveLength(1);
  });

  test.each([
    [{ result: 5 }],
    [{ result: [5] }],
    [{ result: [{ metric: { a: 1 }, values: [] }] }],
    [{ result: [{ metric: up, values: [['x', '1']] }] }],
    [{ result: [{ metric: up, values: [5] }] }],
  ])('the matrix %j', async (data) => {
    const { result } = await imported((path) => success(path === 'series' ? [up] : data));
    await expect(result).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('an answer without end, which is not kept in memory', async () => {
    const body = `{"status":"success","data":["${'x'.repeat(65 * 1024 ** 2)}"]}`;
    const { result } = await imported(() => ({ body }));
    await expect(result).rejects.toThrow('an answer of more than 64 MiB');
  });
});

test('the token goes to the server, and into no error', async () => {
  const seen: (string | undefined)[] = [];
  const { result } = await imported(
    (_path, _query, request) => {
      seen.push(request.headers.authorization);
      return { status: 403, body: '' };
    },
    {},
    'very-secret',
  );
  await expect(result).rejects.toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('very-secret') }),
  );
  expect(seen).toEqual(['Bearer very-secret']);
});

test('cancelling ends a request under way', async () => {
  const stop = new AbortController();
  const { asked, result } = await imported(ok);
  await result;
  expect(asked).toHaveLength(2);
  const client = createPrometheusClient({
    url: new URL('http://127.0.0.1:9/'),
    fetch: (_url, init) =>
      new Promise((_, reject) => {
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error));
        stop.abort();
      }),
  });
  await expect(client.get('series', {}, stop.signal)).rejects.toMatchObject({ name: 'AbortError' });
});

test('a real Prometheus gives what it measured of itself', async ({ skip }) => {
  skip(findPrometheus() === undefined && process.env.CI_REQUIRE_SERVICES !== '1', 'Prometheus is not installed');
  await using server = await startPrometheus();
  const toMs = Date.now() + 1_000;
  const options = { match: '{job="self"}', fromMs: toMs - 61_000, toMs, stepMs: 1_000, goesOn: false, totals: true };
  const client = createPrometheusClient({ url: new URL(server.url) });
  const { series } = await collect((leftOut) =>
    readPrometheus(client, { ...options, onDone: () => Promise.resolve() }, leftOut, new AbortController().signal),
  );
  const { host } = new URL(server.url);
  expect(series[`127.0.0.1 up  instance=${host} job=self`]?.[0]?.[1]).toBe(1);
  expect(series[`127.0.0.1 process_resident_memory_bytes By instance=${host} job=self`]?.[0]?.[1]).toBeGreaterThan(1e6);
  expect(Object.keys(series).length).toBeGreaterThan(100);
}, 30_000);
