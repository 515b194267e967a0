import { hostname } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runInspector } from '../support/inspector.ts';
import { programCommand, type StartedServer, startServer } from '../support/program.ts';
import { type TemporaryDir, temporaryDir } from '../support/temporary-dir.ts';

let home: TemporaryDir;
let data: TemporaryDir;
let server: StartedServer;

beforeAll(async () => {
  home = temporaryDir();
  data = temporaryDir();
  server = await startServer();
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  data[Symbol.dispose]();
  home[Symbol.dispose]();
});

const targets = {
  stdio() {
    const { command, args, env } = programCommand(data.path, 'stdio');
    return [...Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`]), command, ...args];
  },
  HTTP: () => ['--header', `Authorization: Bearer ${server.token}`, '--server-url', server.url.href],
};

const runs = Object.entries(targets).flatMap(([transport, target]) =>
  ['legacy', 'modern'].map((era) => ({ transport, era, target })),
);

describe.each(runs)('MCP Inspector, $era, on $transport', ({ era, target }) => {
  async function inspect(...args: string[]): Promise<unknown> {
    const { exitCode, stdout, stderr } = await runInspector(home.path, '--protocol-era', era, ...args, ...target());
    expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ exitCode: 0, stderr: '' });
    return JSON.parse(stdout);
  }

  test('finds every schema of a tool portable', async () => {
    expect(await inspect('--method', 'tools/list', '--strict')).toMatchObject({
      tools: expect.arrayContaining([expect.objectContaining({ name: 'list_hosts' })]),
    });
  });

  test('calls a tool with the arguments of its form', async () => {
    const call = ['--method', 'tools/call', '--tool-name', 'list_metrics', '--tool-arg', 'limit=3'];
    expect(await inspect(...call)).toMatchObject({
      content: [{ type: 'text', text: expect.stringMatching(/series/) }],
    });
  });

  test('lists resources', async () => {
    expect(await inspect('--method', 'resources/list')).toMatchObject({
      resources: [
        { uri: 'openmanager://hosts' },
        { uri: 'openmanager://anomalies' },
        { uri: 'openmanager://analyses' },
        { uri: `openmanager://hosts/${hostname()}` },
      ],
    });
  });

  test('lists prompts', async () => {
    expect(await inspect('--method', 'prompts/list')).toMatchObject({
      prompts: [{ name: 'investigate_host' }, { name: 'plan_capacity' }],
    });
  });
});
