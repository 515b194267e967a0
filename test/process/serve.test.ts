import { afterAll, beforeAll, expect, test } from 'vitest';
import { type StartedServer, startServer } from '../support/program.ts';
import { runProgram } from '../support/run-program.ts';
import { temporaryDir } from '../support/temporary-dir.ts';

let server: StartedServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

test('a second server on the same port says that one of ours has it, and ends', async () => {
  using data = temporaryDir();
  const { exitCode, stdout, stderr } = await runProgram(data.path, ['serve', '--port', server.url.port]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  expect(stderr).toBe(
    `openmanager: Cannot listen on 127.0.0.1:${server.url.port}: an OpenManager serves on that port already. Connect clients to it, or pass another --port. "openmanager service status" tells whether it is your background service.\n`,
  );
});

test('an address that is not of this machine is refused in one line', async () => {
  using data = temporaryDir();
  const { exitCode, stdout, stderr } = await runProgram(data.path, ['serve', '--host', '192.0.2.1', '--port', '0']);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  expect(stderr).toMatch(/^openmanager: Cannot listen on 192\.0\.2\.1:0: [^\n]+\n$/);
});

test('the first goes on answering', async () => {
  const response = await fetch(server.url, { method: 'POST', body: '{}' });
  expect(response.status).toBe(401);
  expect(await response.text()).toContain('openmanager token show');
});
