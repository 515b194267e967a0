/** The body of the first request of a 2025-era client. */
export const initialize = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'openmanager-test', version: '0.0.0' },
  },
} as const;

export const ping = { jsonrpc: '2.0', id: 2, method: 'ping' } as const;

/** The headers that the Streamable HTTP transport wants of every POST. */
export const postHeaders = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
} as const;

export function discover(headers: Record<string, string> = {}): { headers: Record<string, string>; body: string } {
  const revision = '2026-07-28';
  return {
    headers: { ...postHeaders, 'mcp-protocol-version': revision, 'mcp-method': 'server/discover', ...headers },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'server/discover',
      params: {
        _meta: {
          'io.modelcontextprotocol/protocolVersion': revision,
          'io.modelcontextprotocol/clientCapabilities': {},
        },
      },
    }),
  };
}
