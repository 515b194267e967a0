import { describe, expect, test } from 'vitest';
import { resources } from '../../../resources/index.ts';
import type { App } from '../../../src/app.ts';
import { localCaller } from '../../../src/security/caller.ts';
import { createResourceCatalog } from '../../../src/server/resource-catalog.ts';
import { tools } from '../../../tools/index.ts';
import { fakeAnswers } from '../../support/fake-answers.ts';
import { callContext, fakeApp, guardOf, testNowMs } from '../../support/fake-app.ts';

const names = ['web-1', 'web-2/eu', 'db 1'];
const answers = fakeAnswers({ items: 3, points: 30, name: (i) => names[i] ?? `name-${i}` });
const catalogOf = (app: Partial<App>) => createResourceCatalog(resources, guardOf([], { app: fakeApp(app) }));
const catalog = catalogOf(answers);
const context = callContext();

test('every resource has what a list shows, and a URI of ours', () => {
  for (const { name, title, description, mimeType, uri } of resources) {
    expect(name).toMatch(/^[a-z-]+$/);
    expect(title).toMatch(/^[A-Z]/);
    expect(description.length).toBeGreaterThan(10);
    expect(mimeType).toBeOneOf(['application/json', 'image/svg+xml']);
    expect(uri).toMatch(/^openmanager:\/\//);
  }
});

test('the hosts are listed with the URIs that read them, whatever their names', async () => {
  const listed = (await catalog.list(context)).map(({ uri }) => uri);
  expect(listed).toEqual([
    'openmanager://hosts',
    'openmanager://anomalies',
    'openmanager://analyses',
    'openmanager://hosts/web-1',
    'openmanager://hosts/web-2%2Feu',
    'openmanager://hosts/db%201',
  ]);
  const asked: (string | undefined)[] = [];
  const hostFacts: App['hostFacts'] = (host) => {
    asked.push(host);
    return answers.hostFacts(host);
  };
  for (const uri of listed) {
    const { mimeType, text } = await catalogOf({ ...answers, hostFacts }).read(uri, context);
    expect(mimeType).toBe('application/json');
    expect(JSON.parse(text)).toBeTypeOf('object');
  }
  expect(asked).toEqual(names);
});

test('hosts: who reports, with the URI of each', async () => {
  const { hosts, total } = JSON.parse((await catalog.read('openmanager://hosts', context)).text);
  expect(total).toBe(3);
  expect(hosts[1]).toMatchObject({ host: 'web-2/eu', reporting: true, uri: 'openmanager://hosts/web-2%2Feu' });
});

test("metric of a host: the last hour's statistics and points", async () => {
  const queryMetric: App['queryMetric'] = async (query) => {
    expect(query).toMatchObject({
      host: 'web-2/eu',
      metric: 'system.cpu.utilization',
      fromMs: testNowMs - 3_600_000,
      toMs: testNowMs + 1,
    });
    return answers.queryMetric(query);
  };
  const uri = 'openmanager://hosts/web-2%2Feu/metrics/system.cpu.utilization';
  const { series, total } = JSON.parse((await catalogOf({ queryMetric }).read(uri, context)).text);
  expect(total).toBe(3);
  expect(series[0].values).toHaveLength(30);
  expect(series[0].statistics).toMatchObject({ n: 30 });
});

test('anomalies: of all hosts or of one, of the last 24 hours, as many as an answer has room for', async () => {
  const asked: unknown[] = [];
  const storedAnomalies: App['storedAnomalies'] = async (query) => {
    asked.push(query);
    return answers.storedAnomalies(query);
  };
  const own = catalogOf({ storedAnomalies });
  const all = JSON.parse((await own.read('openmanager://anomalies', context)).text);
  const ofHost = JSON.parse((await own.read('openmanager://hosts/web-2%2Feu/anomalies', context)).text);
  const window = { fromMs: testNowMs - 86_400_000, toMs: testNowMs + 1 };
  expect(asked).toEqual([
    { host: undefined, ...window },
    { host: 'web-2/eu', ...window },
  ]);
  expect(all).toMatchObject({ from: '2026-02-28T12:00:00Z', to: '2026-03-01T12:00:00Z', total: 3, truncated: false });
  expect(all.anomalies.map(({ end }: { end: unknown }) => end)).toEqual([
    null,
    '2026-03-01T11:59:00Z',
    '2026-03-01T11:59:00Z',
  ]);
  expect(all.anomalies[0]).toMatchObject({ host: 'web-1', severity: 'high', score: 0.988, group: 1_000 });
  expect(all.anomalies[0].hypotheses).toEqual([{ kind: 'outgoing_flood', evidence: expect.stringContaining('sends') }]);
  expect(ofHost.host).toBe('web-2/eu');
  const many = fakeAnswers({ items: 2_000, points: 1, name: (i) => `${i} `.repeat(60) });
  const page = JSON.parse((await catalogOf(many).read('openmanager://anomalies', context)).text);
  expect(page).toMatchObject({ total: 2_000, truncated: true });
  expect(JSON.stringify(page).length).toBeLessThan(20_000);
});

describe('analyses', () => {
  const gate = Promise.withResolvers<never>();
  const app = fakeApp({
    ...answers,
    async findAnomalies(request, _signal, progress) {
      progress(20, 400, 'Looked at 20 series');
      return request.host === 'slow' ? gate.promise : answers.findAnomalies(request, _signal, progress);
    },
  });
  let ids = 0;
  const guard = guardOf(tools, { app, analyses: { newId: () => `job-${++ids}`, answerWithinMs: 5 } });
  const own = createResourceCatalog(resources, guard);
  const eve = callContext({ caller: { ...localCaller, subject: 'eve' } });
  const read = async (uri: string, who = context) => JSON.parse((await own.read(uri, who)).text);

  test('are listed with what they were asked, how far they are, and the URIs that read them', async () => {
    const { data } = await guard.callTool('forecast_metric', { metric: 'cpu', horizon: '1d' }, context);
    await guard.callTool('detect_anomalies', { host: 'slow' }, context);
    const { analyses } = await read('openmanager://analyses');
    const started = '2026-03-01T12:00:00Z';
    expect(analyses).toEqual([
      {
        id: 'job-2',
        tool: 'detect_anomalies',
        arguments: expect.objectContaining({ host: 'slow', from: '-1h' }),
        state: 'running',
        done: 20,
        total: 400,
        message: 'Looked at 20 series',
        started,
        duration_ms: 0,
        uri: 'openmanager://analyses/job-2',
      },
      {
        id: 'job-1',
        tool: 'forecast_metric',
        arguments: { metric: 'cpu', horizon: '1d', level: 0.95, max_tokens: 2000 },
        state: 'done',
        started,
        duration_ms: 0,
        uri: 'openmanager://analyses/job-1',
      },
    ]);
    expect(await read('openmanager://analyses/job-1')).toEqual(data);
    expect(await read('openmanager://analyses/job-2')).toEqual({
      job: 'job-2',
      state: 'running',
      done: 20,
      total: 400,
      message: 'Looked at 20 series',
    });
    const uris = (await own.list(context)).map(({ uri }) => uri);
    expect(uris.slice(-2)).toEqual(['openmanager://analyses/job-2', 'openmanager://analyses/job-1']);
    const request = { name: 'id', typed: 'job', known: {} };
    expect(await own.complete('openmanager://analyses/{id}', request, context)).toEqual(['job-2', 'job-1']);
  });

  test("are nobody else's", async () => {
    expect(await read('openmanager://analyses', eve)).toEqual({ analyses: [] });
    await expect(own.read('openmanager://analyses/job-1', eve)).rejects.toMatchObject({ code: 'not_found' });
    const request = { name: 'id', typed: '', known: {} };
    expect(await own.complete('openmanager://analyses/{id}', request, eve)).toEqual([]);
    expect((await own.list(eve)).filter(({ uri }) => uri.startsWith('openmanager://analyses/'))).toEqual([]);
  });
});

describe('completion', () => {
  const template = 'openmanager://hosts/{host}/metrics/{metric}';

  test('offers hosts that start with what was typed', async () => {
    const request = { name: 'host', typed: 'web', known: {} };
    expect(await catalog.complete(template, request, context)).toEqual(['web-1', 'web-2/eu']);
    expect(await catalog.complete('openmanager://hosts/{host}', { ...request, typed: 'x' }, context)).toEqual([]);
  });

  test("offers the known host's metrics, each once", async () => {
    const asked: (string | undefined)[] = [];
    const app: Partial<App> = {
      async catalog(host) {
        asked.push(host);
        const one = { metric: 'cpu', labels: {}, unit: '1', value: 1 };
        return [one, { ...one, labels: { mode: 'user' } }, { ...one, metric: 'disk' }];
      },
    };
    const request = { name: 'metric', typed: 'c', known: { host: 'db-1' } };
    expect(await catalogOf(app).complete(template, request, context)).toEqual(['cpu']);
    expect(asked).toEqual(['db-1']);
  });
});
