interface ConnectParts {
  /** Absolute paths of Node.js, of the program and of the data folder. */
  readonly runtime: string;
  readonly program: string;
  readonly dataDir: string;
  /** Of the MCP endpoint. */
  readonly url: string;
}

/**
 * What to paste into the clients that people use. The data folder is always said: a client's environment is another one,
 * in which the default may be another folder.
 */
export function connectLines({ runtime, program, dataDir, url }: ConnectParts): string[] {
  const args = [program, 'stdio', '--data-dir', dataDir];
  const command = { command: runtime, args };
  return [
    'Claude Desktop (claude_desktop_config.json) and Cursor (.cursor/mcp.json):',
    `  ${JSON.stringify({ mcpServers: { openmanager: command } })}`,
    'VS Code (.vscode/mcp.json):',
    `  ${JSON.stringify({ servers: { openmanager: { type: 'stdio', ...command } } })}`,
    'Over HTTP, in the same files:',
    `  {"openmanager":{"type":"http","url":"${url}","headers":{"Authorization":"Bearer TOKEN"}}}`,
    'MCP Inspector:',
    `  npx @modelcontextprotocol/inspector ${[runtime, ...args].map(shellWord).join(' ')}`,
  ];
}

/** Quoted where a shell would split it. */
function shellWord(word: string): string {
  return /\s/.test(word) ? `"${word}"` : word;
}
