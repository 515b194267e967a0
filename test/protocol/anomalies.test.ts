import { describe, expect, onTestFinished, test } from 'vitest';
import { resources } from '../../resources/index.ts';
import { changedResources } from '../../src/cli/serving.ts';
import { systemClock } from '../../src/core/clock.ts';
import { connectClient, eras } from '../support/clients.ts';
import { fakeAnswers } from '../support/fake-answers.ts';
import { startTestServer, testParts } from '../support/test-server.ts';
import { until } from '../support/until.ts';

const all = 'openmanager://anomalies';
const ofHost = 'openmanager://hosts/web-1%2Feu/anomalies';

describe.each(eras)('a client of %s', (era) => {
  async function connect() {
    const app = fakeAnswers({ items: 3, points: 1, name: (i) => `name-${i}` });
    const parts = testParts({ resources }, systemClock, {}, app);
    const server = await startTestServer(parts);
    onTestFinished(() => server[Symbol.asyncDispose]());
    const client = await connectClient({ url: new URL(server.url), token: 'ada-token' }, era);
    onTestFinished(() => client[Symbol.asyncDispose]());
    return { client, server };
  }

  test('reads the anomalies of all hosts, and of one by the template', async () => {
    const { client } = await connect();
    expect(await client.resourceUris()).toContain(all);
    expect(await client.templateUris()).toContain('openmanager://hosts/{host}/anomalies');
    expect(JSON.parse(await client.read(all)).anomalies).toHaveLength(3);
    expect(JSON.parse(await client.read(ofHost))).toMatchObject({ host: 'web-1/eu', total: 3 });
  });

  test.each([
    ['all hosts', all],
    ['one host', ofHost],
  ])('that follows those of %s hears when one begins or ends, and of no reading', async (_which, followed) => {
    const { client, server } = await connect();
    const heard: string[] = [];
    await client.follow(followed, (uri) => heard.push(uri));
    const metrics = new Set(['system.cpu.utilization']);
    for (const change of [
      { kind: 'reading', host: 'web-1/eu', metrics },
      { kind: 'history', host: 'web-1/eu' },
      { kind: 'anomalies', host: 'web-1/eu' },
    ] as const)
      changedResources(change).forEach(server.resourceUpdated);
    await until('the update', () => heard.length > 0);
    expect(heard).toEqual([followed]);
  });
});
