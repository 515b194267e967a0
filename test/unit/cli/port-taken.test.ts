import { createServer, type RequestListener } from 'node:http';
import { createServer as createPlainServer, type Server } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { explainTaken } from '../../../src/cli/port-taken.ts';
import { OpenManagerError } from '../../../src/core/errors.ts';

const taken = new OpenManagerError('unavailable', 'the port is taken', {
  cause: Object.assign(new Error('in use'), { code: 'EADDRINUSE' }),
});

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return address !== null && typeof address === 'object' ? address.port : 0;
}

const refusing: RequestListener = (_, response) =>
  response.writeHead(401, { 'www-authenticate': 'Bearer realm="openmanager"' }).end('{}');

test('a port on which an OpenManager answers is told, and what to do', async () => {
  const port = await listening(createServer(refusing));
  const error = await explainTaken(taken, { host: '0.0.0.0', port });
  expect(error).toMatchObject({ code: 'unavailable', cause: taken });
  expect((error as Error).message).toMatch(
    new RegExp(`^Cannot listen on 0\\.0\\.0\\.0:${port}: an OpenManager serves .* "openmanager service status" tells`),
  );
});

test('other errors are left as they are, without asking', async () => {
  let asked = 0;
  const port = await listening(createServer(() => (asked += 1)));
  const other = new OpenManagerError('unavailable', 'EACCES');
  expect(await explainTaken(other, { host: '127.0.0.1', port })).toBe(other);
  expect(asked).toBe(0);
});

const others: [string, Server][] = [
  ['another program', createServer((_, response) => response.writeHead(401).end())],
  ['what redirects to one', createServer((_, response) => response.writeHead(302, { location: '/' }).end())],
  ['what speaks no HTTP', createPlainServer((socket) => socket.end('220 mail\r\n'))],
  ['what never answers', createPlainServer((socket) => void socket.unref())],
];
test.each(others)('%s is not taken for one', async (_, server) => {
  expect(await explainTaken(taken, { host: '127.0.0.1', port: await listening(server) })).toBe(taken);
});
