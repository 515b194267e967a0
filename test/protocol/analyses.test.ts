import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { analysisResource } from '../../resources/analysis.ts';
import { createAnalyticsPool } from '../../src/analytics-pool.ts';
import { defineTool } from '../../src/server/define.ts';
import { connectClient, connectOldClient, type Endpoint, eras } from '../support/clients.ts';
import { createRandom } from '../support/random.ts';
import { startTestServer, testParts } from '../support/test-server.ts';
import { until } from '../support/until.ts';

/** A forecast that takes half a second and more of one core, unless it is short. */
function forecastOf(pool: ReturnType<typeof createAnalyticsPool>) {
  return defineTool({
    name: 'forecast_long',
    title: 'Forecast',
    description: 'Forecasts noise',
    toolset: 'analyze',
    readOnly: true,
    analysis: true,
    input: z.strictObject({ steps: z.int().default(200_000), times: z.int().default(1) }),
    async run({ steps, times }, call) {
      call.progress(0, times, 'Working');
      for (let i = 0; i < times; i++) {
        const random = createRandom(i + 1);
        const values = Float64Array.from({ length: steps }, () => random.uniform());
        await pool.forecast(values, { horizon: 24 }, call.signal);
        call.progress(i + 1, times, 'Working');
      }
      return { text: `${times} done`, data: { times } };
    },
  });
}

const clients = [
  { sdk: 'the old SDK', connect: connectOldClient },
  ...eras.map((era) => ({ sdk: `the SDK, ${era},`, connect: (endpoint: Endpoint) => connectClient(endpoint, era) })),
];

/** CPU that the process itself may take in the 200 ms in which two threads at work take 200 to 400. */
const IDLE_MS = 80;

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Resolves when threads have computed for a while. */
async function untilComputing(): Promise<void> {
  const before = cpuMs();
  await until('threads to compute', () => cpuMs() - before > 150);
}

describe.each(clients)('a client of $sdk', ({ connect }) => {
  test('that cancels a forecast in the middle frees the CPU within 50 ms, and another forecast goes on', async () => {
    await using pool = createAnalyticsPool({ threads: 2 });
    const parts = testParts({ tools: [forecastOf(pool)] });
    await using server = await startTestServer(parts);
    await using ada = await connect({ url: new URL(server.url), token: 'ada-token' });
    await using eve = await connect({ url: new URL(server.url), token: 'eve-token' });
    await ada.call('forecast_long', { steps: 100 });
    const given = new AbortController();
    const call = ada.call('forecast_long', { times: 100 }, { signal: given.signal });
    await untilComputing();
    given.abort();
    await expect(call).rejects.toThrow();
    const ended = () => parts.audited.some(({ errorCode }) => errorCode === 'cancelled');
    await until('the call to have ended', ended);
    await setTimeout(50);
    const before = cpuMs();
    await setTimeout(200);
    expect(cpuMs() - before, 'CPU from 50 to 250 ms after').toBeLessThan(IDLE_MS);
    expect((await eve.call('forecast_long', { steps: 100 })).text).toContain('1 done');
  });

  test('that is answered before a forecast is done fetches it later; nobody else can', async () => {
    await using pool = createAnalyticsPool({ threads: 2 });
    const parts = testParts({ tools: [forecastOf(pool)], resources: [analysisResource] }, undefined, {
      answerWithinMs: 100,
    });
    await using server = await startTestServer(parts);
    await using ada = await connect({ url: new URL(server.url), token: 'ada-token' });
    await using eve = await connect({ url: new URL(server.url), token: 'eve-token' });
    const early = await ada.call('forecast_long', { times: 2 });
    expect(early.text).toMatch(/^Still running, \d of 2 done/);
    const job = String(early.data?.job);
    const foreign = await eve.call('forecast_long', { job });
    expect(foreign).toMatchObject({ isError: true, text: expect.stringContaining('not_found') });
    await expect(eve.read(`openmanager://analyses/${job}`)).rejects.toThrow(/no analysis/);
    const last = await until('the answer', async () => {
      const answer = await ada.call('forecast_long', { job });
      return answer.data?.state === undefined && answer;
    });
    expect(last).toMatchObject({ isError: false, data: { job, times: 2 } });
    expect(JSON.parse(await ada.read(`openmanager://analyses/${job}`))).toEqual({ job, times: 2 });
  });
});

test('an analysis that goes on without a request ends with the session of its owner', async () => {
  await using pool = createAnalyticsPool({ threads: 2 });
  const parts = testParts({ tools: [forecastOf(pool)] }, undefined, { answerWithinMs: 50 });
  await using server = await startTestServer(parts);
  const headers = { authorization: 'Bearer ada-token' };
  await using ada = await connectClient({ url: new URL(server.url), token: 'ada-token' }, '2025-11-25');
  await ada.call('forecast_long', { times: 1000 });
  await untilComputing();
  const id = parts.audited.find(({ action }) => action === 'forecast_long')?.sessionId ?? '';
  await fetch(server.url, { method: 'DELETE', headers: { ...headers, 'mcp-session-id': id } });
  await setTimeout(50);
  const before = cpuMs();
  await setTimeout(200);
  expect(cpuMs() - before, 'CPU from 50 to 250 ms after').toBeLessThan(IDLE_MS);
});
