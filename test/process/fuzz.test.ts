import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectSafeAnswer } from '../support/answer-checks.ts';
import { naughtyStrings } from '../support/naughty-strings.ts';
import { programCommand } from '../support/program.ts';
import { anyText, argumentsArbitrary, type JsonSchema } from '../support/schema-arbitrary.ts';
import { type Message, openStdio, type StdioSession, textOf } from '../support/stdio-session.ts';
import { storedMetrics, storeHistory } from '../support/stored-history.ts';
import { type TemporaryDir, temporaryDir } from '../support/temporary-dir.ts';

/** More runs find more: FUZZ_RUNS=5000 FUZZ_SEED=1 vitest run test/process/fuzz.test.ts */
const runs = Number(process.env.FUZZ_RUNS ?? 80);
const seed = Number(process.env.FUZZ_SEED ?? 20_261_123);
const timeoutMs = 60_000 + runs * 500;

const host = 'web-1';
const vocabulary = {
  host: [host, host, host, hostname()],
  metric: [...storedMetrics, 'system.cpu.utilization'],
  labels: [{}, {}, { device: 'a' }, { device: '*' }],
  match: ['', 'disk', 'load'],
  from: ['-1h', '-3h', 'now-90m', '2026-01-01'],
  to: ['now', '-1m', 'now+1h'],
  step: ['1m', '30s', '5m', '1h'],
  horizon: ['10m', '1h', '1d'],
  baseline: ['-5h/-3h', 'now-1d/now-6h', '2025-12-31/2026-01-01'],
  exclude: [[], ['-2h/-1h'], ['2026-01-01/2026-01-02', '-30m/now']],
  cursor: ['0', '1'],
  subject: ['local'],
  action: ['list_hosts'],
};

interface ListedTool {
  readonly name: string;
  readonly inputSchema: JsonSchema;
}

let data: TemporaryDir;
let server: StdioSession;
let tools: readonly ListedTool[];
/** What was asked of the guard, as the audit log should tell it. */
const asked: string[] = [];

beforeAll(async () => {
  data = temporaryDir();
  await storeHistory(data.path, { host, hours: 3, stepMs: 60_000 });
  server = openStdio(programCommand(data.path, 'stdio'));
  await server.initialize();
  tools = (await server.request('tools/list')).result?.tools as ListedTool[];
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  data[Symbol.dispose]();
});

async function ask(kind: string, action: string, method: string, params: unknown): Promise<Message> {
  asked.push(`${kind} ${action}`);
  const answer = await server.request(method, params);
  expectSafeAnswer(answer, { method, params });
  return answer;
}

const callTool = (name: string, args: Record<string, unknown>) =>
  ask('tool', name, 'tools/call', { name, arguments: args });

/** Many at a time: what fails is written to the audit log before it is answered, and one write takes several. */
async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  for (let i = 0; i < items.length; i += 128) await Promise.all(items.slice(i, i + 128).map(work));
}

const textParameters = ({ inputSchema }: ListedTool) =>
  Object.entries(inputSchema.properties ?? {}).filter(([, { type }]) => type === 'string' || type === 'object');

describe(`the program on stdio, seed ${seed}, ${runs} runs a tool`, () => {
  test('answers whatever a schema lets a client think of', { timeout: timeoutMs }, async () => {
    for (const { name, inputSchema } of tools) {
      const outcomes = { answered: 0, refused: 0 };
      const property = fc.asyncProperty(argumentsArbitrary(inputSchema, vocabulary), async (args) => {
        const { result } = await callTool(name, args);
        outcomes[result?.isError === true ? 'refused' : 'answered'] += 1;
      });
      await fc.assert(property, { numRuns: runs, seed });
      // A run that only ever fails at the door tests nothing behind it.
      expect(outcomes.answered, `${name}: ${JSON.stringify(outcomes)}`).toBeGreaterThan(runs / 20);
      expect(outcomes.refused, `${name}: ${JSON.stringify(outcomes)}`).toBeGreaterThan(runs / 20);
    }
  });

  test('answers naughty text in every parameter that takes text', { timeout: timeoutMs }, async () => {
    const cases = tools.flatMap((tool) =>
      textParameters(tool).flatMap(([parameter, { type }]) =>
        naughtyStrings.map((text) => ({
          tool,
          args: {
            // One series answers sooner than all of them.
            ...(tool.inputSchema.properties?.metric && { metric: storedMetrics[0] }),
            [parameter]: type === 'object' ? Object.fromEntries([[text, text]]) : text,
          },
        })),
      ),
    );
    expect(cases.length).toBeGreaterThan(2_000);
    await eachOf(cases, ({ tool, args }) => callTool(tool.name, args));
  });

  test('answers naughty names of tools and of parameters', { timeout: timeoutMs }, async () => {
    await eachOf(naughtyStrings, async (text) => {
      const { error } = await callTool(text, {});
      expect(error?.message).toMatch(/Valid tools: list_hosts/);
      const { result } = await callTool('list_hosts', Object.fromEntries([[text, 1]]));
      // That one name does not reach the tool: the SDK drops it when it reads the message.
      if (text !== '__proto__') expect(result, text).toMatchObject({ isError: true });
    });
  });

  test('answers naughty URIs of resources', { timeout: timeoutMs }, async () => {
    const uris = naughtyStrings.flatMap((text) => [
      text,
      `openmanager://hosts/${text}`,
      `openmanager://hosts/${encodeURIComponent(text.toWellFormed())}`,
      `openmanager://hosts/${host}/metrics/${encodeURIComponent(text.toWellFormed())}`,
    ]);
    await eachOf(uris, (uri) => ask('resource', uri, 'resources/read', { uri }));
    await eachOf(uris, (uri) => ask('subscription', uri, 'resources/subscribe', { uri }));
  });

  test('answers naughty prompts and completions', { timeout: timeoutMs }, async () => {
    await eachOf(naughtyStrings, async (text) => {
      await ask('prompt', text, 'prompts/get', { name: text });
      const args = { host: text, when: text, symptom: text };
      await ask('prompt', 'investigate_host', 'prompts/get', { name: 'investigate_host', arguments: args });
      const unknown = Object.fromEntries([[text, text]]);
      await ask('prompt', 'plan_capacity', 'prompts/get', { name: 'plan_capacity', arguments: unknown });
      for (const ref of [
        { type: 'ref/prompt', name: 'plan_capacity' },
        { type: 'ref/prompt', name: text },
        { type: 'ref/resource', uri: 'openmanager://hosts/{host}/metrics/{metric}' },
        { type: 'ref/resource', uri: text },
      ]) {
        const context = { arguments: { host: text } };
        const argument = { name: 'metric', value: text };
        await ask('completion', ref.uri ?? ref.name ?? '', 'completion/complete', { ref, argument, context });
      }
    });
  });

  test('keeps an answer within its budget of tokens', { timeout: timeoutMs }, async () => {
    const { countTokens } = await import('gpt-tokenizer/encoding/o200k_base');
    const budgets = fc.record({ max_tokens: fc.integer({ min: 100, max: 4_000 }), text: anyText() });
    const property = fc.asyncProperty(budgets, async ({ max_tokens, text }) => {
      for (const { name, inputSchema } of tools) {
        const metric = inputSchema.properties?.metric && { metric: storedMetrics[0] };
        const extra = textParameters({ name, inputSchema }).some(([parameter]) => parameter === 'match');
        const answer = await callTool(name, { ...metric, ...(extra && { match: text }), max_tokens });
        expect(countTokens(textOf(answer)), name).toBeLessThanOrEqual(max_tokens);
      }
    });
    await fc.assert(property, { numRuns: Math.ceil(runs / 10), seed });
  });

  test('ends without a word, and each call has left one row in the audit log', async () => {
    server.closeInput();
    expect(await server.ended).toEqual({ code: 0, signal: null });
    expect(server.stderr()).toBe('');
    for (const message of server.messages) expect(message).toMatchObject({ jsonrpc: '2.0' });
    using database = new DatabaseSync(join(data.path, 'openmanager.db'), { readOnly: true });
    const rows = database.prepare("select kind || ' ' || action as name, arguments from audit order by id").all();
    expect(rows).toHaveLength(asked.length);
    expect(countsByName(rows.map(({ name }) => String(name)))).toEqual(countsByName(asked));
    for (const { arguments: stored } of rows) expect(() => JSON.parse(String(stored))).not.toThrow();
  });
});

/** Names are cut and cleaned when they are stored. */
function countsByName(names: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) {
    const stored = name.toWellFormed().replaceAll('\0', '\ufffd').slice(0, 200);
    counts.set(stored, (counts.get(stored) ?? 0) + 1);
  }
  return Object.fromEntries(counts);
}
