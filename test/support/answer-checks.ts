import { expect } from 'vitest';
import { packagePath } from '../../src/core/package-path.ts';
import type { Message } from './stdio-session.ts';

/** What no answer may hold, whatever was asked: it tells an attacker how the program is made and where it lies. */
const insides: readonly RegExp[] = [
  /\n\s*at \S/,
  /\bnode:internal\b/,
  /\.[cm]?[jt]s:\d/,
  new RegExp(`${escapeForPattern(packagePath())}/?(dist|src|tools|node_modules)\\b`),
];

/**
 * Fails unless it is a well-formed answer that is not about a failure inside of the program and shows nothing of it.
 * One assertion for all of it: thousands of answers are looked at.
 */
export function expectSafeAnswer(message: Message, asked: unknown): void {
  const text = JSON.stringify(message);
  const shown = unescaped(text);
  const problems = [
    message.jsonrpc !== '2.0' && 'no JSON-RPC 2.0',
    (message.result === undefined) === (message.error === undefined) && 'not one of result and error',
    (message.error?.code === -32603 || /Error \(internal\)|"internal: /.test(text)) && 'an internal error',
    ...insides.map((pattern) => pattern.test(shown) && `shows ${pattern}`),
  ].filter((problem) => problem !== false);
  if (problems.length > 0) expect({ problems, asked, answered: text.slice(0, 2_000) }).toEqual({ problems: [] });
}

/** Line ends in JSON are escaped, and would hide the lines of a stack. */
function unescaped(json: string): string {
  return json.replaceAll('\\n', '\n').replaceAll('\\\\', '\\');
}

function escapeForPattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
