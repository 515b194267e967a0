import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server as NodeServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { toNodeHandler } from '@modelcontextprotocol/node';
import type { McpHandlerRequestOptions } from '@modelcontextprotocol/server';
import { createMcpHandler, isLegacyRequest } from '@modelcontextprotocol/server';
import type { Clock } from '../core/clock.ts';
import { OpenManagerError, toOpenManagerError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import type { Caller } from '../security/caller.ts';
import { guardListen, isListenRequest, refusedListen } from './listen.ts';
import { createMcpConnection, type McpParts } from './mcp.ts';
import { checkOrigin, type OriginRules } from './origin.ts';
import { BodyTooLarge, readJsonBody } from './request-body.ts';
import { createSessions } from './sessions.ts';

export interface HttpOptions {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** Host names, besides loopback ones, under which this server is reached. */
  readonly allowedHosts: readonly string[];
  readonly maxBodyBytes: number;
  readonly maxSessions: number;
  readonly sessionIdleMs: number;
  /** The caller that a bearer token stands for; null when it is none of ours. */
  authenticate(token: string, ip: string): Caller | null;
}

export interface HttpServer extends AsyncDisposable {
  readonly url: string;
  resourceUpdated(uri: string): void;
}

/** As the adapter wants it; a request that a server receives has a method and a URL. */
type ServedRequest = AuthenticatedRequest & { method: string; url: string };
const requestTimeoutMs = 60_000;

type AuthenticatedRequest = IncomingMessage & { auth?: NonNullable<McpHandlerRequestOptions['authInfo']> };

/**
 * Serves MCP at `/mcp`. Clients of the 2025 era get a session each, those of 2026 a server a request; in front of both
 * stand the Host and Origin checks, the token and the limit on a body's size.
 * @throws OpenManagerError `unavailable` when the address cannot be bound.
 */
export async function startHttp(parts: McpParts, options: HttpOptions, clock: Clock, log: Logger): Promise<HttpServer> {
  const modern = createMcpHandler(({ authInfo }) => createMcpConnection(parts, callerOf(authInfo), 'modern').server, {
    legacy: 'reject',
    onerror: (error) => log.debug('http', { error: error.message }),
  });
  const sessions = createSessions({
    connect: (caller) => createMcpConnection(parts, caller, 'legacy'),
    maxSessions: options.maxSessions,
    idleMs: options.sessionIdleMs,
    clock,
    newId: randomUUID,
    onEnd: parts.guard.endAnalyses,
  });
  const serveMcp = toNodeHandler({
    async fetch(request, given) {
      const body = given?.parsedBody;
      const caller = callerOf(given?.authInfo);
      if (await isLegacyRequest(request, body)) return sessions.fetch(request, body, caller);
      if (!isListenRequest(body)) return modern.fetch(request, given);
      try {
        await guardListen(parts.guard, body, caller);
      } catch (thrown) {
        return Response.json(refusedListen(body, toOpenManagerError(thrown)), { status: 403 });
      }
      return modern.fetch(request, given);
    },
  });
  const origins: OriginRules = { allowedHosts: options.allowedHosts };

  async function serve(request: AuthenticatedRequest, response: ServerResponse): Promise<void> {
    const refused = checkOrigin(request.headers, origins);
    if (refused) return refuse(response, 403, refused);
    if (pathOf(request) !== '/mcp') return refuse(response, 404, 'Not found; MCP is served at /mcp.');
    const caller = authenticate(request, options);
    if (!caller) {
      response.setHeader('www-authenticate', 'Bearer realm="openmanager"');
      return refuse(response, 401, 'A bearer token is required: run "openmanager token show" on the server.');
    }
    request.auth = { token: '', clientId: caller.subject, scopes: [...caller.scopes], extra: { caller } };
    await serveMcp(request as ServedRequest, response, await readJsonBody(request, options.maxBodyBytes));
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      if (error instanceof BodyTooLarge)
        return refuse(response, 413, `A request's body may have ${options.maxBodyBytes} bytes.`);
      if (error instanceof SyntaxError)
        return refuse(response, 400, 'Parse error: the body is not valid JSON.', -32700);
      log.warn('an HTTP request failed', { error });
      refuse(response, 500, 'Internal server error.', -32603);
    });
  });
  // What is left of a refused body is read and dropped, so that the client sees the refusal, but not for ever.
  server.requestTimeout = requestTimeoutMs;
  await listen(server, options);
  return {
    url: urlOf(server, options.host),
    resourceUpdated(uri) {
      sessions.resourceUpdated(uri);
      modern.notify.resourceUpdated(uri);
    },
    async [Symbol.asyncDispose]() {
      await modern.close();
      await sessions[Symbol.asyncDispose]();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The token itself goes no further than this. */
function authenticate(request: IncomingMessage, options: HttpOptions): Caller | null {
  const [, token] = /^Bearer ([\w\-.~+/]+=*)$/i.exec(request.headers.authorization ?? '') ?? [];
  return token === undefined ? null : options.authenticate(token, request.socket.remoteAddress ?? '');
}

function callerOf(authInfo: McpHandlerRequestOptions['authInfo']): Caller {
  const caller = authInfo?.extra?.caller;
  if (!caller) throw new OpenManagerError('unauthenticated', 'The request has no caller.');
  return caller as Caller;
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0] ?? '/';
}

function refuse(response: ServerResponse, status: number, message: string, code = -32000): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = JSON.stringify({ jsonrpc: '2.0', error: { code, message }, id: null });
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(body);
}

function listen(server: NodeServer, { host, port }: HttpOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? 'the port is taken; pass another --port' : `${cause.code}`;
      reject(new OpenManagerError('unavailable', `Cannot listen on ${host}:${port}: ${why}.`, { cause }));
    });
    server.listen(port, host, resolve);
  });
}

function urlOf(server: NodeServer, host: string): string {
  const { port } = server.address() as AddressInfo;
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}/mcp`;
}
