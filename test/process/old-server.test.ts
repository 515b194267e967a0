import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../support/until.ts';

const program = fileURLToPath(import.meta.resolve('../support/old-sdk-server.ts'));

const transports = {
  stdio: async () => ({
    transport: new StdioClientTransport({ command: process.execPath, args: [program, 'stdio'] }),
    end: async () => {},
  }),
  HTTP: async () => {
    const child = spawn(process.execPath, [program, 'http'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const exit = once(child, 'exit');
    const [url] = (await once(createInterface(child.stdout), 'line')) as [string];
    return {
      transport: new StreamableHTTPClientTransport(new URL(url)),
      async end() {
        child.kill();
        await exit;
      },
    };
  },
};

describe.each(Object.entries(transports))('a server of the old SDK on %s', (_name, open) => {
  let client: Client;
  let end: () => Promise<void>;

  beforeAll(async () => {
    const opened = await open();
    end = opened.end;
    // What a gateway asks for that does not know what it will meet.
    client = new Client({ name: 'openmanager-test', version: '0.0.0' }, { versionNegotiation: { mode: 'auto' } });
    await client.connect(opened.transport);
  });

  afterAll(async () => {
    await client.close();
    await end();
  });

  test('is met in the revision that it knows', () => {
    expect(client.getProtocolEra()).toBe('legacy');
    expect(client.getNegotiatedProtocolVersion()).toBe('2025-11-25');
    expect(client.getServerVersion()).toMatchObject({ name: 'old-server' });
  });

  test('lists its tools with their annotations, and answers calls', async () => {
    const { tools } = await client.listTools();
    expect(tools.find(({ name }) => name === 'shout')).toMatchObject({ annotations: { readOnlyHint: true } });
    expect(await client.callTool({ name: 'shout', arguments: { text: 'hi' } })).toMatchObject({
      content: [{ type: 'text', text: 'HI' }],
      structuredContent: { text: 'HI' },
    });
    expect(await client.callTool({ name: 'shout', arguments: {} })).toMatchObject({ isError: true });
  });

  test('tells how far a call is', async () => {
    const seen: number[] = [];
    const onprogress = async ({ progress }: { progress: number }) => {
      seen.push(progress);
      if (progress === 2) await client.callTool({ name: 'release' });
    };
    await client.callTool({ name: 'wait' }, { onprogress: (progress) => void onprogress(progress) });
    expect(seen).toEqual([1, 2]);
  });

  test('gives up a call', async () => {
    const given = new AbortController();
    const call = client.callTool({ name: 'wait' }, { signal: given.signal, onprogress: () => given.abort() });
    await expect(call).rejects.toThrow();
    await until('the server to hear of it', async () => {
      const { content } = await client.callTool({ name: 'count_cancelled' });
      return content[0]?.type === 'text' && content[0].text === '1';
    });
  });

  test('gives resources, their changes and prompts', async () => {
    expect((await client.listResources()).resources).toMatchObject([{ uri: 'note://one' }]);
    expect(await client.readResource({ uri: 'note://one' })).toMatchObject({ contents: [{ text: 'a note' }] });
    const updated: string[] = [];
    client.setNotificationHandler('notifications/resources/updated', ({ params }) => void updated.push(params.uri));
    await client.subscribeResource({ uri: 'note://one' });
    await until('an update', () => updated.length > 0);
    expect(updated).toEqual(['note://one']);
    expect(await client.getPrompt({ name: 'greet', arguments: { name: 'Ada' } })).toMatchObject({
      messages: [{ content: { text: 'Greet Ada' } }],
    });
  });
});
