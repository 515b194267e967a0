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

/** A well-formed answer that is not about a failure inside of the program and shows nothing of it. */
export function expectSafeAnswer(message: Message, asked: unknown): void {
  const text = JSON.stringify(message);
  const context = `asked ${JSON.stringify(asked)?.slice(0, 500)}, answered ${text.slice(0, 500)}`;
  expect(message.jsonrpc, context).toBe('2.0');
  expect(
    [message.result, message.error].filter((part) => part !== undefined),
    context,
  ).toHaveLength(1);
  for (const pattern of insides) expect(unescaped(text), context).not.toMatch(pattern);
  expect(message.error?.code, context).not.toBe(-32603);
  expect(text, context).not.toMatch(/Error \(internal\)|"internal: /);
}

/** Line ends in JSON are escaped, and would hide the lines of a stack. */
function unescaped(json: string): string {
  return json.replaceAll('\\n', '\n').replaceAll('\\\\', '\\');
}

function escapeForPattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
