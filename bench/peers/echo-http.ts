import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { toNodeHandler } from '@modelcontextprotocol/node';
import {
  createMcpHandler,
  isLegacyRequest,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server';
import { createEchoServer } from './echo-server.ts';

// Sessions for clients of the 2025 era, a server a request for those of 2026: as the SDK's guide wires it, no checks.
const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>();
const modern = createMcpHandler(createEchoServer, { legacy: 'reject' });

async function legacy(request: Request): Promise<Response> {
  const known = sessions.get(request.headers.get('mcp-session-id') ?? '');
  if (known) return known.handleRequest(request);
  const transport: WebStandardStreamableHTTPServerTransport = new WebStandardStreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    onsessioninitialized: (id) => void sessions.set(id, transport),
  });
  await createEchoServer().connect(transport);
  return transport.handleRequest(request);
}

const handler = toNodeHandler({
  fetch: async (request, options) =>
    (await isLegacyRequest(request)) ? legacy(request) : modern.fetch(request, options),
});

const server = createServer((request, response) => {
  void handler(request as typeof request & { method: string; url: string }, response);
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp\n`);
});
