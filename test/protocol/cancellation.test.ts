import { expect, test } from 'vitest';
import * as z from 'zod';
import { defineTool } from '../../src/server/define.ts';
import { connectClient, connectOldClient, type Endpoint, eras } from '../support/clients.ts';
import { startTestServer, testParts } from '../support/test-server.ts';
import { until } from '../support/until.ts';

/** Works until it is told to stop. */
const endless = defineTool({
  name: 'endless',
  title: 'Endless',
  description: 'Works until it is cancelled',
  toolset: 'observe',
  readOnly: true,
  input: z.strictObject({}),
  async run(_args, { signal, progress }) {
    progress(0, 1, 'Working');
    await new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(new DOMException('given up', 'AbortError')));
    });
    return { text: '', data: {} };
  },
});

test.each([
  { sdk: 'the old SDK', connect: connectOldClient },
  ...eras.map((era) => ({ sdk: `the SDK, ${era},`, connect: (endpoint: Endpoint) => connectClient(endpoint, era) })),
])('a call that a client of $sdk gives up stops, and is audited as cancelled', async ({ connect }) => {
  const parts = testParts({ tools: [endless] });
  await using server = await startTestServer(parts);
  await using client = await connect({ url: new URL(server.url), token: 'ada-token' });
  const given = new AbortController();
  const call = client.call('endless', {}, { signal: given.signal, onprogress: () => given.abort() });
  await expect(call).rejects.toThrow();
  const [entry] = await until('the audit entry', () => parts.audited.length > 0 && parts.audited);
  expect(entry).toMatchObject({ action: 'endless', subject: 'ada', outcome: 'error', errorCode: 'cancelled' });
});
