import type * as z from 'zod';
import { safeName } from '../core/text.ts';

/** What is wrong with one argument, as the rest of a sentence that begins with its name; undefined where zod says it well. */
export function problemOf(issue: z.core.$ZodRawIssue): string | undefined {
  if (!issue.path?.length) return undefined;
  const { input } = issue;
  switch (issue.code) {
    case 'invalid_type':
      return input === undefined
        ? `is missing; it ${mustBe(issue.expected)}`
        : `${mustBe(issue.expected)}, not ${shown(input)}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map((value) => JSON.stringify(value)).join('|')}, not ${shown(input)}`;
    case 'too_small':
      if (issue.origin === 'string')
        return input === '' ? 'must not be empty' : lengthProblem(`at least ${issue.minimum}`, input);
      return `must be ${issue.inclusive ? 'at least' : 'above'} ${issue.minimum}, not ${shown(input)}`;
    case 'too_big':
      if (issue.origin === 'string') return lengthProblem(`at most ${issue.maximum}`, input);
      return `must be ${issue.inclusive ? 'at most' : 'below'} ${issue.maximum}, not ${shown(input)}`;
    default:
      return undefined;
  }
}

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list, e.g. ["one", "two"]',
  record: 'an object, e.g. {"name": "value"}',
};

function mustBe(expected: string): string {
  return `must be ${kinds[expected] ?? expected}`;
}

function lengthProblem(bound: string, input: unknown): string {
  return `must have ${bound} characters, not ${String(input).length}`;
}

/** Short, on one line, and nothing of what is inside of a list or an object. */
function shown(input: unknown): string {
  if (typeof input === 'string') return `"${safeName(input, 60)}"`;
  if (typeof input === 'number' || typeof input === 'boolean' || input === null) return String(input);
  return Array.isArray(input) ? 'a list' : `an ${typeof input === 'object' ? 'object' : 'unknown value'}`;
}
