import { isInitializeRequest, WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/server';
import type { Clock } from '../core/clock.ts';
import type { Caller } from '../security/caller.ts';
import type { McpConnection } from './mcp.ts';

export interface SessionsOptions {
  connect(caller: Caller): McpConnection;
  readonly maxSessions: number;
  readonly idleMs: number;
  readonly clock: Clock;
  newId(): string;
  /** Hears of each session that has ended, however it did. */
  onEnd(id: string): void;
}

/** The sessions of 2025-era clients: capped, ended when idle, each usable by the subject that opened it alone. */
export interface Sessions extends AsyncDisposable {
  fetch(request: Request, parsedBody: unknown, caller: Caller): Promise<Response>;
  resourceUpdated(uri: string): void;
}

interface Session {
  readonly subject: string;
  readonly connection: McpConnection;
  readonly transport: WebStandardStreamableHTTPServerTransport;
  usedMs: number;
  /** Requests being answered, an open event stream among them: such a session is not idle. */
  active: number;
}

const reapEveryMs = 60_000;

export function createSessions(options: SessionsOptions): Sessions {
  const { clock } = options;
  const sessions = new Map<string, Session>();
  /** Sessions that have their place but no id yet. */
  let opening = 0;
  const reaper = setInterval(reapIdle, Math.min(reapEveryMs, options.idleMs));
  reaper.unref();

  function reapIdle(): void {
    for (const [id, session] of sessions) {
      if (session.active === 0 && clock.monotonic() - session.usedMs >= options.idleMs) end(id);
    }
  }

  function end(id: string): void {
    const session = sessions.get(id);
    if (!session) return;
    sessions.delete(id);
    session.transport.close().catch(() => {});
  }

  /** Room for one more: idle ones go first, then the longest unused that answers nothing; false when all are busy. */
  function makeRoom(): boolean {
    if (sessions.size + opening < options.maxSessions) return true;
    const [oldest] = [...sessions]
      .filter(([, session]) => session.active === 0)
      .sort(([, a], [, b]) => a.usedMs - b.usedMs);
    if (!oldest) return false;
    end(oldest[0]);
    return true;
  }

  async function open(request: Request, parsedBody: unknown, caller: Caller): Promise<Response> {
    // The transport refuses what is no initialization; that must not cost anybody a session.
    if (![parsedBody].flat().some(isInitializeRequest)) return connect(request, parsedBody, caller, () => {});
    if (!makeRoom())
      return jsonRpcError(503, -32000, `All ${options.maxSessions} sessions are in use; try again later.`);
    opening++;
    const placed = once(() => opening--);
    try {
      return await connect(request, parsedBody, caller, placed);
    } finally {
      placed();
    }
  }

  async function connect(request: Request, parsedBody: unknown, caller: Caller, placed: () => void): Promise<Response> {
    const connection = options.connect(caller);
    const transport: WebStandardStreamableHTTPServerTransport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: options.newId,
      onsessioninitialized: (id) => {
        placed();
        sessions.set(id, { subject: caller.subject, connection, transport, usedMs: clock.monotonic(), active: 0 });
      },
    });
    transport.onclose = () => {
      if (transport.sessionId === undefined) return;
      sessions.delete(transport.sessionId);
      options.onEnd(transport.sessionId);
    };
    await connection.server.connect(transport);
    const response = await transport.handleRequest(request, { parsedBody });
    if (transport.sessionId === undefined) await transport.close();
    return response;
  }

  async function serve(session: Session, request: Request, parsedBody: unknown): Promise<Response> {
    session.active++;
    const release = once(() => {
      session.active--;
      session.usedMs = clock.monotonic();
    });
    try {
      const response = await session.transport.handleRequest(request, parsedBody === undefined ? {} : { parsedBody });
      return releasedWithBody(response, release, request.method === 'GET');
    } catch (error) {
      release();
      throw error;
    }
  }

  return {
    async fetch(request, parsedBody, caller) {
      const id = request.headers.get('mcp-session-id');
      if (id === null) return open(request, parsedBody, caller);
      const session = sessions.get(id);
      // Another subject's session is answered as an unknown one: its existence is nobody's business.
      if (!session || session.subject !== caller.subject) {
        return jsonRpcError(404, -32001, 'Session not found: it ended or was never yours; initialize again.');
      }
      return serve(session, request, parsedBody);
    },
    resourceUpdated(uri) {
      for (const { connection } of sessions.values()) connection.resourceUpdated(uri);
    },
    async [Symbol.asyncDispose]() {
      clearInterval(reaper);
      const open = [...sessions.values()];
      sessions.clear();
      await Promise.allSettled(open.map(({ transport }) => transport.close()));
    },
  };
}

/** Calls `release` when the response's body has been delivered, failed or been given up. */
function releasedWithBody(response: Response, release: () => void, greet: boolean): Response {
  if (response.body === null) {
    release();
    return response;
  }
  const reader = response.body.getReader();
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      // The head leaves with the first bytes: a client that opens a stream of events need not wait for one to know it is open.
      if (greet && response.ok) controller.enqueue(new TextEncoder().encode(': open\n\n'));
    },
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        release();
        controller.close();
      } catch (error) {
        release();
        controller.error(error);
      }
    },
    cancel(reason) {
      release();
      return reader.cancel(reason);
    },
  });
  return new Response(body, response);
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    action();
  };
}

function jsonRpcError(status: number, code: number, message: string): Response {
  return Response.json({ jsonrpc: '2.0', error: { code, message }, id: null }, { status });
}
