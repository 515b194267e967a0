import { McpServer } from '@modelcontextprotocol/server';
import * as z from 'zod';

/** The smallest server of the same SDK: one tool that returns its argument. */
export function createEchoServer(): McpServer {
  const server = new McpServer({ name: 'echo', version: '1.0.0' });
  const inputSchema = z.object({ text: z.string() });
  server.registerTool('echo', { description: 'Echo', inputSchema }, ({ text }) => ({
    content: [{ type: 'text', text }],
  }));
  return server;
}
