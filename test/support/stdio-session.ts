import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ProgramCommand } from './program.ts';
import { until } from './until.ts';

/** A message as it stood on a line of stdout. */
export interface Message {
  readonly jsonrpc: '2.0';
  readonly id?: number | string | null;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program that speaks MCP on stdio, seen line by line: nothing between it and the test mends what it says. */
export interface StdioSession extends AsyncDisposable {
  readonly pid: number;
  /** Every line of stdout so far, as text. */
  readonly lines: readonly string[];
  readonly messages: readonly Message[];
  stderr(): string;
  /** Sends a request and resolves to its answer; rejects when the program ends before it. */
  request(method: string, params?: unknown): Promise<Message>;
  /** Sends bytes as they are. Resolves when they left; what the program no longer reads is dropped. */
  write(bytes: string | Uint8Array): Promise<void>;
  initialize(): Promise<Message>;
  closeInput(): void;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ending>;
}

export function openStdio({ command, args, env }: ProgramCommand, options: { cwd?: string } = {}): StdioSession {
  const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'], ...options });
  const lines: string[] = [];
  const messages: Message[] = [];
  const waiting = new Map<unknown, PromiseWithResolvers<Message>>();
  let stderr = '';
  let rest = '';
  let nextId = 1;
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts) read(line);
  });
  // The program may have gone already when something is sent to it.
  child.stdin.on('error', () => {});
  const ended = once(child, 'close').then(([code, signal]): Ending => {
    for (const { reject } of waiting.values()) reject(new Error(`the program ended (${code ?? signal}): ${stderr}`));
    waiting.clear();
    return { code, signal };
  });

  function read(line: string): void {
    lines.push(line);
    const message = parse(line);
    messages.push(message);
    if (message.method !== undefined) return;
    waiting.get(message.id)?.resolve(message);
    waiting.delete(message.id);
  }

  const write = (bytes: string | Uint8Array) =>
    new Promise<void>((resolve) => {
      child.stdin.write(bytes, () => resolve());
    });

  function request(method: string, params: unknown = {}): Promise<Message> {
    const id = nextId++;
    const answer = Promise.withResolvers<Message>();
    waiting.set(id, answer);
    void write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
    return answer.promise;
  }

  return {
    pid: child.pid ?? 0,
    lines,
    messages,
    stderr: () => stderr,
    request,
    write,
    async initialize() {
      const clientInfo = { name: 'openmanager-test', version: '0.0.0' };
      const answer = await request('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo });
      await write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
      return answer;
    },
    closeInput: () => child.stdin.end(),
    kill: (signal) => void child.kill(signal),
    ended,
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      const gone = await Promise.race([
        ended,
        until('the program to end', () => child.exitCode !== null, 5_000).catch(() => null),
      ]);
      if (gone === null) child.kill('SIGKILL');
      await ended;
    },
  };
}

/** The text of a tool's answer; empty when it is an error of the protocol. */
export function textOf({ result }: Message): string {
  const [content] = (result?.content ?? []) as { text: string }[];
  return content?.text ?? '';
}

/** What is no JSON-RPC message fails the test that finds it among the messages. */
function parse(line: string): Message {
  try {
    return JSON.parse(line) as Message;
  } catch {
    return { jsonrpc: '2.0', error: { code: 0, message: `not JSON: ${line.slice(0, 200)}` } };
  }
}
