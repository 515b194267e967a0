// A server of the old SDK, as most servers still are.
//   node test/support/old-sdk-server.ts stdio | http     http prints its URL
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { SubscribeRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import * as z from 'zod';

if (process.argv[2] === 'http') serveHttp();
else await createOldServer().connect(new StdioServerTransport());

function createOldServer(): McpServer {
  const server = new McpServer({ name: 'old-server', version: '1.0.0' });
  server.registerTool(
    'shout',
    { description: 'Says it louder', inputSchema: { text: z.string() }, annotations: { readOnlyHint: true } },
    async ({ text }) => ({
      content: [{ type: 'text', text: text.toUpperCase() }],
      structuredContent: { text: text.toUpperCase() },
    }),
  );
  let cancelled = 0;
  let release = () => {};
  server.registerTool(
    'wait',
    { description: 'Tells twice how far it is, then waits until it is cancelled or released' },
    async ({ signal, _meta, sendNotification }) => {
      const progressToken = _meta?.progressToken ?? 0;
      const given = new Promise((resolve) => signal.addEventListener('abort', resolve)).then(() => cancelled++);
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      for (const progress of [1, 2])
        await sendNotification({ method: 'notifications/progress', params: { progressToken, progress, total: 2 } });
      await Promise.race([released, given]);
      return { content: [] };
    },
  );
  server.registerTool('release', { description: 'Ends what waits' }, async () => {
    release();
    return { content: [] };
  });
  server.registerTool('count_cancelled', { description: 'How often wait was cancelled' }, async () => ({
    content: [{ type: 'text', text: String(cancelled) }],
  }));
  server.registerResource('note', 'note://one', { mimeType: 'text/plain' }, async (uri) => ({
    contents: [{ uri: uri.href, text: 'a note' }],
  }));
  server.registerPrompt('greet', { argsSchema: { name: z.string() } }, ({ name }) => ({
    messages: [{ role: 'user', content: { type: 'text', text: `Greet ${name}` } }],
  }));
  server.server.registerCapabilities({ resources: { subscribe: true } });
  server.server.setRequestHandler(SubscribeRequestSchema, async ({ params: { uri } }) => {
    setImmediate(() => void server.server.sendResourceUpdated({ uri }));
    return {};
  });
  return server;
}

function serveHttp(): void {
  const transports = new Map<string, StreamableHTTPServerTransport>();
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const known = transports.get(String(request.headers['mcp-session-id']));
    if (known) return known.handleRequest(request, response);
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => void transports.set(id, transport),
    });
    // Its declarations are not written for exactOptionalPropertyTypes.
    await createOldServer().connect(transport as Transport);
    return transport.handleRequest(request, response);
  };
  const http = createServer((request, response) => void serve(request, response));
  http.listen(0, '127.0.0.1', () => {
    process.stdout.write(`http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp\n`);
  });
}
