import { expect, test } from 'vitest';
import { type ConnectParts, connectLines } from '../../../src/cli/connect-lines.ts';

const parts: ConnectParts = {
  runtime: '/opt/node',
  program: '/opt/main.js',
  dataDir: '/srv/my data',
  configFile: undefined,
  databaseFromEnvironment: false,
  url: 'http://127.0.0.1:7070/mcp',
};
const args = ['/opt/main.js', 'stdio', '--data-dir', '/srv/my data'];

function configurations(lines: readonly string[]): unknown[] {
  return lines.filter((line) => line.includes('"args"')).map((line) => JSON.parse(line) as unknown);
}

test('every client that starts the server itself is given the data folder', () => {
  const lines = connectLines(parts);
  expect(configurations(lines)).toEqual([
    { mcpServers: { openmanager: { command: '/opt/node', args } } },
    { servers: { openmanager: { type: 'stdio', command: '/opt/node', args } } },
  ]);
  expect(lines.at(-1)).toBe(
    '  npx @modelcontextprotocol/inspector /opt/node /opt/main.js stdio --data-dir "/srv/my data"',
  );
});

test('and a configuration file that is read only where it is named', () => {
  const lines = connectLines({ ...parts, configFile: '/etc/om.json' });
  expect(configurations(lines)).toMatchObject([
    { mcpServers: { openmanager: { args: [...args, '--config', '/etc/om.json'] } } },
    { servers: { openmanager: { args: [...args, '--config', '/etc/om.json'] } } },
  ]);
  expect(lines.at(-1)).toBe(
    '  npx @modelcontextprotocol/inspector -e OPENMANAGER_CONFIG=/etc/om.json /opt/node /opt/main.js stdio --data-dir "/srv/my data"',
  );
});

test('a database that only the environment names is put where clients find it too', () => {
  const told = (configFile?: string) =>
    connectLines({ ...parts, configFile, databaseFromEnvironment: true })
      .slice(-3)
      .join(' ');
  expect(told()).toMatch(
    /^Attention: clients .* OPENMANAGER_DATABASE_URL, .* into \/srv\/my data\/openmanager\.config\.json \(mode 0600\)/,
  );
  expect(told('/etc/om.json')).toContain('into /etc/om.json (mode 0600)');
});
