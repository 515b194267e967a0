import { describe, expect, test } from 'vitest';
import type { CommandEntry } from '../../../src/cli/command.ts';
import { assertUsage } from '../../../src/cli/words.ts';
import { parseCommandLine } from '../../../src/config/argv.ts';

const entry: CommandEntry = {
  usage: 'load csv|json [FILE] [--json]',
  summary: 'load something',
  options: {
    host: { description: 'a host', value: 'NAME', required: ['csv'] },
    column: { description: 'a column', value: 'N', only: ['csv'] },
    json: { description: 'as JSON' },
  },
  load: () => Promise.reject(new Error('not loaded here')),
};

function check(...argv: string[]): () => void {
  return () =>
    assertUsage(
      entry,
      parseCommandLine(['load', ...argv], () => entry.options ?? {}),
    );
}

test('words and flags that a command takes are let through', () => {
  for (const argv of [
    ['csv', '--host=a', '--column=2', 'file'],
    ['csv', '--host=a'],
    ['json', 'file', '--json'],
  ])
    expect(check(...argv)).not.toThrow();
});

describe('refused is', () => {
  test.each([
    [[], 'Say which: csv, json. Use: openmanager load csv|json [FILE] [--json].'],
    [['cvs'], 'Unknown "cvs". Did you mean csv? Valid: csv, json.'],
    [['evil\nword'], 'Unknown "evil\ufffdword".'],
    [['json', 'file', 'more'], 'Unexpected "more". Use: openmanager load csv|json [FILE] [--json].'],
    [['csv', 'file'], '"openmanager load csv" needs --host NAME; "openmanager help load" says more.'],
    [['json', '--column=2'], '--column is no flag of "load json", but of "load csv".'],
  ])('%j', (argv, message) => {
    expect(check(...argv)).toThrow(expect.objectContaining({ code: 'invalid_configuration' }));
    expect(check(...argv)).toThrow(message);
  });
});
