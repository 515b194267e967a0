import { describe, expect, test } from 'vitest';
import { resources } from '../../resources/index.ts';
import { createCharts } from '../../src/charts/charts.ts';
import { drawChart } from '../../src/charts/drawing/render.ts';
import { systemClock } from '../../src/core/clock.ts';
import { tools } from '../../tools/index.ts';
import { connectClient, connectOldClient, type Endpoint, eras } from '../support/clients.ts';
import { decodePng } from '../support/decode-png.ts';
import { fakeAnswers } from '../support/fake-answers.ts';
import { startTestServer, testParts } from '../support/test-server.ts';

const names = ['web-1', 'nvme0n1', 'system.cpu.utilization'];
const answers = fakeAnswers({ items: 12, points: 30, name: (i) => names[i] ?? `name-${i}` });

function startServer() {
  const charts = createCharts({ draw: drawChart, queryMetric: answers.queryMetric, theme: 'light' });
  const app = {
    ...answers,
    drawChart: charts.draw,
    chartSvg: async (...asked: Parameters<typeof charts.svg>) => charts.svg(...asked),
  };
  return startTestServer(testParts({ tools, resources }, systemClock, {}, app));
}

describe.each([
  { sdk: 'the old SDK', sessions: true, connect: connectOldClient },
  ...eras.map((era) => ({
    sdk: `the SDK, ${era},`,
    sessions: era === '2025-11-25',
    connect: (endpoint: Endpoint) => connectClient(endpoint, era),
  })),
])('a client of $sdk', ({ connect, sessions }) => {
  test.each([
    ['forecast_metric', { metric: 'm' }, 'nvme0n1=value'],
    ['query_metrics', { metric: 'm', max_tokens: 5000 }, ' of 12 series'],
    ['forecast_capacity', {}, 'over already'],
    ['detect_anomalies', {}, 'expected'],
    ['find_correlated_metrics', {}, ' of 12 series'],
  ])('gets a chart of %s as picture, and as a resource that the text names', async (tool, args, shown) => {
    await using server = await startServer();
    await using ada = await connect({ url: new URL(server.url), token: 'ada-token' });
    const { text, data, images } = await ada.call(tool, { ...args, chart: true });
    const [uri = ''] = /openmanager:\/\/charts\/[\w-]+/.exec(text) ?? [];
    expect(data).toMatchObject({ chart: uri });
    expect(images.map(({ mimeType }) => mimeType)).toEqual(['image/png']);
    expect(decodePng(images[0]?.bytes ?? new Uint8Array())).toMatchObject({ width: 800, height: 400 });
    const svg = await ada.read(uri);
    expect(svg).toMatch(/^<svg /);
    expect(svg).toContain(shown);
    expect(await ada.resourceUris()).not.toContain(uri);
  });

  test('gets no picture unless it asks for one', async () => {
    await using server = await startServer();
    await using ada = await connect({ url: new URL(server.url), token: 'ada-token' });
    const { text, data, images } = await ada.call('forecast_metric', { metric: 'm' });
    expect(images).toEqual([]);
    expect(text).not.toContain('Chart:');
    expect(data).not.toHaveProperty('chart');
  });

  test("does not get another caller's chart, nor another session's where there are sessions", async () => {
    await using server = await startServer();
    const url = new URL(server.url);
    await using ada = await connect({ url, token: 'ada-token' });
    await using again = await connect({ url, token: 'ada-token' });
    await using bob = await connect({ url, token: 'bob-token' });
    const { data } = await ada.call('forecast_metric', { metric: 'm', chart: true });
    const uri = String(data?.chart);
    await expect(bob.read(uri)).rejects.toThrow('There is no such chart');
    if (sessions) await expect(again.read(uri)).rejects.toThrow('There is no such chart');
    else expect(await again.read(uri)).toMatch(/^<svg /);
  });
});
