import { Client, InMemoryTransport, type Tool } from '@modelcontextprotocol/client';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { describe, expect, test } from 'vitest';
import { localCaller } from '../../../src/security/caller.ts';
import { toolsets } from '../../../src/server/define.ts';
import { createMcpConnection } from '../../../src/server/mcp.ts';
import { tools } from '../../../tools/index.ts';
import { guardOf } from '../../support/fake-app.ts';

/** The tools as a client gets them. */
async function listedTools(): Promise<Tool[]> {
  const definitions = { tools, resources: [], prompts: [] };
  const { server } = createMcpConnection({ version: '0', definitions, guard: guardOf(tools) }, localCaller, 'legacy');
  const [mine, theirs] = InMemoryTransport.createLinkedPair();
  await server.connect(mine);
  const client = new Client({ name: 'test', version: '0' });
  await client.connect(theirs);
  const { tools: listed, nextCursor } = await client.listTools();
  expect(nextCursor).toBeUndefined();
  await client.close();
  return listed;
}

const listed = await listedTools();

test('names, schemas and annotations are those that clients know', async () => {
  await expect(`${JSON.stringify(listed, null, 2)}\n`).toMatchFileSnapshot('../../golden/tools-list.json');
});

test('a tool costs a model 180 tokens on average, all of them 4,500 at most', () => {
  const costs = listed.map((tool) => ({ name: tool.name, tokens: encode(JSON.stringify(tool)).length }));
  const total = costs.reduce((sum, { tokens }) => sum + tokens, 0);
  const each = costs.map(({ name, tokens }) => `${name} ${tokens}`).join(', ');
  expect(total / costs.length, `${total} tokens for ${costs.length} tools: ${each}`).toBeLessThanOrEqual(180);
  expect(total).toBeLessThanOrEqual(4500);
  expect(listed.length).toBeLessThanOrEqual(25);
});

const common = [
  'host',
  'metric',
  'labels',
  'from',
  'to',
  'step',
  'horizon',
  'level',
  'exclude',
  'limit',
  'cursor',
  'chart',
  'max_tokens',
  'job',
];
/** Parameters that one tool alone has. */
const own: Readonly<Record<string, readonly string[]>> = {
  list_metrics: ['match'],
  query_metrics: ['aggregation'],
  detect_anomalies: ['sensitivity', 'min_severity'],
  find_correlated_metrics: ['baseline'],
  forecast_capacity: ['threshold', 'direction'],
  query_audit_log: ['subject', 'action', 'outcome'],
};

describe.each(listed.map((tool) => [tool.name, tool] as const))('%s', (name, tool) => {
  const definition = tools.find((candidate) => candidate.name === name);

  test('has what a model and a form need: a name in snake case, a title, a description, annotations', () => {
    expect(name).toMatch(/^[a-z]+(_[a-z]+)+$/);
    expect(tool.title).toMatch(/^[A-Z]\S+( \S+)+$/);
    expect(tool.description).toMatch(/^[A-Z].{30,250}\.$/);
    expect(toolsets).toContain(definition?.toolset);
    expect(tool.annotations).toEqual({ readOnlyHint: definition?.readOnly, openWorldHint: false });
  });

  test('names its parameters as all tools do, and takes no others', () => {
    const names = Object.keys(tool.inputSchema.properties ?? {});
    expect(names.filter((parameter) => !common.includes(parameter))).toEqual(own[name] ?? []);
    expect(tool.inputSchema.additionalProperties).toBe(false);
  });

  test('takes max_tokens up to 20,000, 2,000 when left out', () => {
    expect(tool.inputSchema.properties?.max_tokens).toEqual({
      type: 'integer',
      maximum: 20_000,
      default: 2000,
    });
  });
});
