import { join } from 'node:path';

export interface ConnectParts {
  /** Absolute paths of Node.js, of the program and of the data folder. */
  readonly runtime: string;
  readonly program: string;
  readonly dataDir: string;
  /** A configuration file that is read only where it is named. */
  readonly configFile: string | undefined;
  /** Whether the URL of the database is in the environment alone. */
  readonly databaseFromEnvironment: boolean;
  /** Of the MCP endpoint. */
  readonly url: string;
}

/**
 * What to paste into the clients that people use. The data folder is always said: a client's environment is another one,
 * in which the default may be another folder.
 */
export function connectLines(parts: ConnectParts): string[] {
  const { runtime, program, dataDir, configFile, url } = parts;
  const args = [program, 'stdio', '--data-dir', dataDir];
  const command = { command: runtime, args: configFile === undefined ? args : [...args, '--config', configFile] };
  // The Inspector has a --config of its own, and takes it from wherever it stands.
  const inspected = configFile === undefined ? [] : ['-e', `OPENMANAGER_CONFIG=${configFile}`];
  return [
    'Claude Desktop (claude_desktop_config.json) and Cursor (.cursor/mcp.json):',
    `  ${JSON.stringify({ mcpServers: { openmanager: command } })}`,
    'VS Code (.vscode/mcp.json):',
    `  ${JSON.stringify({ servers: { openmanager: { type: 'stdio', ...command } } })}`,
    'Over HTTP, in the same files:',
    `  {"openmanager":{"type":"http","url":"${url}","headers":{"Authorization":"Bearer TOKEN"}}}`,
    'MCP Inspector:',
    `  npx @modelcontextprotocol/inspector ${[...inspected, runtime, ...args].map(shellWord).join(' ')}`,
    ...(parts.databaseFromEnvironment ? databaseLines(configFile ?? join(dataDir, 'openmanager.config.json')) : []),
  ];
}

/** Without the URL a client would begin a second history in the data folder. */
function databaseLines(configFile: string): string[] {
  return [
    '',
    "Attention: clients that start the server do not have this shell's OPENMANAGER_DATABASE_URL, and would begin another",
    `history in the data folder. Put {"databaseUrl":"postgres://..."} into ${configFile}`,
    "(mode 0600), or set the variable in the client's own configuration.",
  ];
}

/** Quoted where a shell would split it. */
function shellWord(word: string): string {
  return /\s/.test(word) ? `"${word}"` : word;
}
