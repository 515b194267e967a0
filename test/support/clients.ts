import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as OldStdioTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as OldHttpTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport as OldTransport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import type { ProgramCommand } from './program.ts';

/** Where a client finds its server. */
export type Endpoint = ProgramCommand | { readonly url: URL; readonly token: string };

export interface CallOptions {
  onprogress?(progress: { progress: number; total?: number | undefined }): void;
  signal?: AbortSignal;
}

export interface TestAnswer {
  readonly text: string;
  readonly isError: boolean;
  readonly data: Record<string, unknown> | undefined;
  readonly images: readonly { readonly mimeType: string; readonly bytes: Uint8Array }[];
}

/** What the tests do with a client of any SDK and era. */
export interface TestClient extends AsyncDisposable {
  readonly protocolVersion: string | undefined;
  readonly serverName: string | undefined;
  toolNames(): Promise<string[]>;
  call(name: string, args?: Record<string, unknown>, options?: CallOptions): Promise<TestAnswer>;
  resourceUris(): Promise<string[]>;
  templateUris(): Promise<string[]>;
  read(uri: string): Promise<string>;
  /** Resolves when the server has agreed to tell of changes of `uri`; `updated` hears of each. */
  follow(uri: string, updated: (uri: string) => void): Promise<void>;
  promptNames(): Promise<string[]>;
  prompt(name: string, args: Record<string, string>): Promise<string>;
  completePrompt(name: string, argument: string, typed: string): Promise<string[]>;
}

export const eras = ['2025-11-25', '2026-07-28'] as const;

const self = { name: 'openmanager-test', version: '0.0.0' };

/** A client of the SDK that the program itself is built with. */
export async function connectClient(endpoint: Endpoint, era: (typeof eras)[number]): Promise<TestClient> {
  const client = new Client(self, {
    versionNegotiation: { mode: era === '2025-11-25' ? 'legacy' : { pin: era } },
  });
  await client.connect(transportFor(endpoint));
  return {
    protocolVersion: client.getNegotiatedProtocolVersion(),
    serverName: client.getServerVersion()?.name,
    toolNames: async () => namesOf((await client.listTools()).tools),
    call: async (name, args = {}, options = {}) => answerOf(await client.callTool({ name, arguments: args }, options)),
    resourceUris: async () => (await client.listResources()).resources.map(({ uri }) => uri),
    templateUris: async () => (await client.listResourceTemplates()).resourceTemplates.map((it) => it.uriTemplate),
    read: async (uri) => textsOf((await client.readResource({ uri })).contents),
    async follow(uri, updated) {
      client.setNotificationHandler('notifications/resources/updated', ({ params }) => updated(params.uri));
      if (era === '2025-11-25') await client.subscribeResource({ uri });
      else await client.listen({ resourceSubscriptions: [uri] });
    },
    promptNames: async () => namesOf((await client.listPrompts()).prompts),
    prompt: async (name, args) =>
      textsOf((await client.getPrompt({ name, arguments: args })).messages.map(({ content }) => content)),
    completePrompt: async (name, argument, typed) =>
      (await client.complete({ ref: { type: 'ref/prompt', name }, argument: { name: argument, value: typed } }))
        .completion.values,
    [Symbol.asyncDispose]: () => client.close(),
  };
}

/** A client of the SDK before it, which many hosts still use. */
export async function connectOldClient(endpoint: Endpoint): Promise<TestClient> {
  const client = new OldClient(self);
  const transport = oldTransportFor(endpoint);
  // The old client keeps the version to itself, and tells it to its transport alone.
  let protocolVersion: string | undefined;
  const setProtocolVersion = transport.setProtocolVersion?.bind(transport);
  transport.setProtocolVersion = (version) => {
    protocolVersion = version;
    setProtocolVersion?.(version);
  };
  await client.connect(transport);
  return {
    protocolVersion,
    serverName: client.getServerVersion()?.name,
    toolNames: async () => namesOf((await client.listTools()).tools),
    call: async (name, args = {}, options = {}) =>
      answerOf(await client.callTool({ name, arguments: args }, undefined, options)),
    resourceUris: async () => (await client.listResources()).resources.map(({ uri }) => uri),
    templateUris: async () => (await client.listResourceTemplates()).resourceTemplates.map((it) => it.uriTemplate),
    read: async (uri) => textsOf((await client.readResource({ uri })).contents),
    async follow(uri, updated) {
      client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => updated(params.uri));
      await client.subscribeResource({ uri });
    },
    promptNames: async () => namesOf((await client.listPrompts()).prompts),
    prompt: async (name, args) =>
      textsOf((await client.getPrompt({ name, arguments: args })).messages.map(({ content }) => content)),
    completePrompt: async (name, argument, typed) =>
      (await client.complete({ ref: { type: 'ref/prompt', name }, argument: { name: argument, value: typed } }))
        .completion.values,
    [Symbol.asyncDispose]: () => client.close(),
  };
}

function transportFor(endpoint: Endpoint): StdioClientTransport | StreamableHTTPClientTransport {
  if (!('url' in endpoint)) return new StdioClientTransport({ ...endpoint, stderr: 'ignore' });
  return new StreamableHTTPClientTransport(endpoint.url, { requestInit: withToken(endpoint.token) });
}

function oldTransportFor(endpoint: Endpoint): OldTransport {
  if (!('url' in endpoint)) return new OldStdioTransport({ ...endpoint, stderr: 'ignore' });
  // Its declarations are not written for exactOptionalPropertyTypes.
  return new OldHttpTransport(endpoint.url, { requestInit: withToken(endpoint.token) }) as OldTransport;
}

function withToken(token: string): { headers: Record<string, string> } {
  return { headers: { authorization: `Bearer ${token}` } };
}

function namesOf(items: readonly { name: string }[]): string[] {
  return items.map(({ name }) => name);
}

function textsOf(parts: readonly object[]): string {
  return parts.map((part) => ('text' in part ? String(part.text) : '')).join('\n');
}

function answerOf(result: object): TestAnswer {
  const { content, isError, structuredContent } = result as {
    content: object[];
    isError?: boolean;
    structuredContent?: Record<string, unknown>;
  };
  const images = content.flatMap((part) => {
    const { type, mimeType, data } = part as { type: string; mimeType: string; data: string };
    return type === 'image' ? [{ mimeType, bytes: Buffer.from(data, 'base64') }] : [];
  });
  return { text: textsOf(content), isError: isError === true, data: structuredContent, images };
}
