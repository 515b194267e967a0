import { expect, test } from 'vitest';
import { connectLines } from '../../../src/cli/connect-lines.ts';

test('every client that starts the server itself is given the data folder', () => {
  const args = ['/opt/main.js', 'stdio', '--data-dir', '/srv/my data'];
  const lines = connectLines({
    runtime: '/opt/node',
    program: '/opt/main.js',
    dataDir: '/srv/my data',
    url: 'http://127.0.0.1:7070/mcp',
  });
  const configurations = lines.filter((line) => line.includes('"args"')).map((line) => JSON.parse(line) as unknown);
  expect(configurations).toEqual([
    { mcpServers: { openmanager: { command: '/opt/node', args } } },
    { servers: { openmanager: { type: 'stdio', command: '/opt/node', args } } },
  ]);
  expect(lines.at(-1)).toBe(
    '  npx @modelcontextprotocol/inspector /opt/node /opt/main.js stdio --data-dir "/srv/my data"',
  );
});
