import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';

export interface AuthorizingProxy extends AsyncDisposable {
  readonly url: string;
  /** What clients asked for by name, as `tools/call NAME`, `prompts/get NAME` or `resources/read URI`. */
  readonly asked: ReadonlySet<string>;
}

/**
 * Passes every request on with a bearer token, which the suite's client cannot send. Everything else, Host and Origin
 * among it, goes through as it came, in both directions and without waiting for a body's end: the server's own checks
 * are what is tested.
 */
export async function startAuthorizingProxy(target: string, token: string): Promise<AuthorizingProxy> {
  const asked = new Set<string>();
  const server = createServer((incoming, outgoing) => {
    const body: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => body.push(chunk));
    incoming.on('end', () => note(Buffer.concat(body), asked));
    forward(incoming, outgoing, target, token);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}${new URL(target).pathname}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function forward(incoming: IncomingMessage, outgoing: ServerResponse, target: string, token: string): void {
  const { hostname, port } = new URL(target);
  const passed = request({
    hostname,
    port,
    path: incoming.url,
    method: incoming.method,
    setHost: false,
    headers: [...incoming.rawHeaders, 'Authorization', `Bearer ${token}`],
  });
  passed.on('response', (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    outgoing.flushHeaders();
    pipeline(answer, outgoing, () => {});
  });
  passed.on('error', () => outgoing.destroy());
  outgoing.on('close', () => passed.destroy());
  incoming.pipe(passed);
}

function note(body: Buffer, asked: Set<string>): void {
  const parsed = parse(body.toString('utf8'));
  for (const { method, params } of Array.isArray(parsed) ? parsed : [parsed]) {
    if (method === 'tools/call' || method === 'prompts/get') asked.add(`${method} ${params?.name}`);
    if (method === 'resources/read') asked.add(`${method} ${params?.uri}`);
  }
}

interface Asked {
  readonly method?: string;
  readonly params?: { readonly name?: string; readonly uri?: string };
}

function parse(text: string): Asked | Asked[] {
  try {
    return JSON.parse(text) as Asked | Asked[];
  } catch {
    return [];
  }
}
