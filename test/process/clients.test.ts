import { hostname } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectClient, connectOldClient, type Endpoint, eras, type TestClient } from '../support/clients.ts';
import { programCommand, type StartedServer, startServer } from '../support/program.ts';
import { temporaryDir } from '../support/temporary-dir.ts';
import { until } from '../support/until.ts';

const metric = 'system.cpu.utilization';

/** A call of every tool that succeeds on a machine that has been watched for seconds. */
const calls: Readonly<Record<string, Record<string, unknown>>> = {
  list_hosts: {},
  get_host_snapshot: {},
  list_metrics: {},
  query_metrics: { metric },
  forecast_metric: { metric },
  forecast_capacity: {},
  detect_anomalies: { metric },
  find_correlated_metrics: {},
  query_audit_log: {},
};

const clients = [
  { sdk: 'the old SDK', era: '2025-11-25', connect: connectOldClient },
  ...eras.map((era) => ({ sdk: 'the SDK', era, connect: (endpoint: Endpoint) => connectClient(endpoint, era) })),
];

let server: StartedServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const transports = {
  stdio: () => {
    const data = temporaryDir();
    return { endpoint: programCommand(data.path, 'stdio') satisfies Endpoint, end: () => data[Symbol.dispose]() };
  },
  HTTP: () => ({ endpoint: server satisfies Endpoint, end: () => {} }),
};

for (const [transport, open] of Object.entries(transports)) {
  describe.each(clients)(`a client of $sdk, $era, on ${transport}`, ({ era, connect }) => {
    let client: TestClient;
    let end: () => void;

    beforeAll(async () => {
      const opened = open();
      end = opened.end;
      client = await connect(opened.endpoint);
      // A forecast needs two values, in steps of their own.
      await until('three values', async () =>
        /; ([3-9]|\d{2,}) samples\n/.test((await client.call('query_metrics', { metric })).text),
      );
    });

    afterAll(async () => {
      await client[Symbol.asyncDispose]();
      end();
    });

    test('agrees on its revision', () => {
      expect(client).toMatchObject({ serverName: 'openmanager', protocolVersion: era });
    });

    test('calls every tool that is listed', async () => {
      expect((await client.toolNames()).toSorted()).toEqual(Object.keys(calls).toSorted());
      for (const [name, args] of Object.entries(calls)) {
        expect(await client.call(name, args), name).toMatchObject({
          isError: false,
          text: expect.stringMatching(/\S/),
          data: expect.any(Object),
        });
      }
    });

    test('is told what was wrong with a call, and what is valid', async () => {
      expect(await client.call('query_metrics', { metrik: metric })).toMatchObject({
        isError: true,
        text: expect.stringContaining('did you mean "metric"?'),
      });
      await expect(client.call('list_host')).rejects.toThrow(/list_hosts/);
    });

    test('lists and reads resources', async () => {
      const host = `openmanager://hosts/${hostname()}`;
      const uris = await client.resourceUris();
      expect(uris.slice(0, 4)).toEqual([
        'openmanager://hosts',
        'openmanager://anomalies',
        'openmanager://analyses',
        host,
      ]);
      // What this client has computed.
      for (const uri of uris.slice(4)) expect(await client.read(uri)).toContain('"job":');
      expect(await client.templateUris()).toContain('openmanager://hosts/{host}/metrics/{metric}');
      expect(JSON.parse(await client.read(host))).toMatchObject({ host: hostname() });
      expect(JSON.parse(await client.read(`${host}/metrics/${metric}`))).toMatchObject({ metric });
      expect(JSON.parse(await client.read(`${host}/anomalies`))).toMatchObject({ anomalies: expect.any(Array) });
      await expect(client.read('openmanager://nothing')).rejects.toThrow(/no resource/);
    });

    test('hears of a resource that it follows', async () => {
      const updates: string[] = [];
      await client.follow('openmanager://hosts', (uri) => updates.push(uri));
      await until('two updates', () => updates.length >= 2);
      expect(new Set(updates)).toEqual(new Set(['openmanager://hosts']));
      const action = era === '2025-11-25' ? 'openmanager://hosts' : 'subscriptions/listen';
      const audited = await client.call('query_audit_log', { action });
      expect(JSON.stringify(audited)).toContain(`subscription ${action}: ok`);
    });

    test('gets prompts and the completion of their arguments', async () => {
      expect(await client.promptNames()).toEqual(['investigate_host', 'plan_capacity']);
      expect(await client.prompt('plan_capacity', { horizon: '3d' })).toContain('for the next 3d');
      await expect(client.prompt('plan_capacity', { horizn: '3d' })).rejects.toThrow(/Valid: host, horizon/);
      expect(await client.completePrompt('plan_capacity', 'host', hostname().slice(0, 1))).toEqual([hostname()]);
    });

    test('follows the progress of a long call', async () => {
      const seen: number[] = [];
      await client.call('detect_anomalies', {}, { onprogress: ({ progress }) => seen.push(progress) });
      expect(seen.length).toBeGreaterThan(1);
      expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    });

    test('gives up a call and goes on', async () => {
      const given = new AbortController();
      const call = client.call(
        'detect_anomalies',
        {},
        { signal: given.signal, onprogress: () => given.abort('no longer needed') },
      );
      await expect(call).rejects.toThrow();
      expect(await client.call('list_hosts')).toMatchObject({ isError: false });
    });
  });
}

describe.each(clients)('a client of $sdk, $era, with a wrong token', ({ connect }) => {
  test('is refused', async () => {
    await expect(connect({ url: server.url, token: 'x'.repeat(43) })).rejects.toThrow(
      /bearer token is required|requires authorization/,
    );
  });
});
