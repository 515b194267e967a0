// Runs the MCP conformance suite against the product's HTTP server, with the tools, resources and prompts that the
// suite asks for added beside its own. Exit code 1 unless every scenario that a revision requires passes.
//   node test/conformance/run.ts [--verbose]     --verbose also prints what the suite says about each check
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { startAuthorizingProxy } from './authorizing-proxy.ts';
import { fixtureRequests } from './fixtures/index.ts';
import { runSuite } from './suite.ts';

/** How many scenarios each revision requires of a server: a suite that asks for fewer must not look like a pass. */
const revisions = { '2025-11-25': 30, '2026-07-28': 37 } as const;

/** What the suite asks for and nothing answers, on purpose. */
const unanswered: ReadonlySet<string> = new Set([
  // It must not exist.
  'resources/read test://nonexistent-resource-for-conformance-testing',
  // Checked only where a server declares tools.listChanged; ours change only with the program.
  'tools/call test_trigger_tool_change',
  // Resuming a stream: pending in the suite, not scored.
  'tools/call test_reconnection',
  // The tasks extension: not scored.
  ...['confirm_delete', 'failing_job', 'greet', 'multi_input', 'protocol_error_job', 'slow_compute'].map(
    (name) => `tools/call ${name}`,
  ),
  'tools/call test_tool_with_task',
]);

const verbose = process.argv.includes('--verbose');
await using server = await startServer();
await using proxy = await startAuthorizingProxy(server.url, server.token);
const answered = new Set([...(await checkFixtures(proxy.url)), ...unanswered]);

for (const [revision, scenarios] of Object.entries(revisions)) {
  const { passed, failed, exitCode, output } = await runSuite(revision, proxy.url);
  const full = passed.length === scenarios && failed.length === 0 && exitCode === 0;
  if (verbose || !full) print(output);
  print(`conformance ${revision}: ${passed.length}/${scenarios} required scenarios passed`);
  if (failed.length > 0) print(`  not passed: ${failed.join(', ')}`);
  if (!full) process.exitCode = 1;
}

// Some scenarios pass on any error, so one for want of a fixture would look like a pass.
const missing = [...proxy.asked].filter((request) => !answered.has(request));
if (missing.length > 0) {
  print(`The suite asked for what no fixture answers, so its passes prove nothing: ${missing.join(', ')}`);
  process.exitCode = 1;
}

/** The fixtures, all of which the server lists, and reads where they are resources. */
async function checkFixtures(url: string): Promise<string[]> {
  const client = new Client({ name: 'openmanager-conformance', version: '0.0.0' });
  await client.connect(new StreamableHTTPClientTransport(new URL(url)));
  try {
    const listed = new Set([
      ...(await client.listTools()).tools.map(({ name }) => `tools/call ${name}`),
      ...(await client.listPrompts()).prompts.map(({ name }) => `prompts/get ${name}`),
    ]);
    const fixtures = fixtureRequests();
    for (const fixture of fixtures) {
      const [method, name = ''] = fixture.split(' ');
      if (method === 'resources/read') await client.readResource({ uri: name });
      else if (!listed.has(fixture)) throw new Error(`the server does not list the fixture of ${fixture}`);
    }
    return fixtures;
  } finally {
    await client.close();
  }
}

async function startServer(): Promise<AsyncDisposable & { url: string; token: string }> {
  const dataDir = mkdtempSync(join(tmpdir(), 'openmanager-conformance-'));
  const child = spawn(process.execPath, [fileURLToPath(import.meta.resolve('./server.ts')), dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const started = once(createInterface(child.stdout), 'line');
  const [line] = await Promise.race([started, ended.then(() => [])]);
  if (typeof line !== 'string') throw new Error('the server under test ended before it listened');
  return {
    ...(JSON.parse(line) as { url: string; token: string }),
    async [Symbol.asyncDispose]() {
      child.kill();
      await ended;
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
