import { describe, expect, test } from 'vitest';
import { prompts } from '../../../prompts/index.ts';
import { resources } from '../../../resources/index.ts';
import { selectDefinitions } from '../../../src/cli/definitions.ts';
import { parseCommandLine } from '../../../src/config/argv.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { tools } from '../../../tools/index.ts';

/** The names of the tools that a command line offers. */
function offered(...argv: string[]): string[] {
  const { flags } = parseCommandLine(argv);
  const sources = {
    environment: { HOME: '/none' },
    configFile: undefined,
    workingDir: '/none',
    platform: 'linux',
  } as const;
  return selectDefinitions(loadConfig({ flags, ...sources })).tools.map(({ name }) => name);
}

const observe = ['list_hosts', 'get_host_snapshot', 'list_metrics', 'query_metrics'];
const analyze = ['forecast_metric', 'forecast_capacity', 'detect_anomalies', 'find_correlated_metrics'];

describe('the tools that are offered', () => {
  test('are those that observe and analyze when nothing is said', () => {
    expect(offered()).toEqual([...observe, ...analyze]);
    expect(offered('--toolsets', 'default')).toEqual(offered());
  });

  test('are those of the toolsets that are named', () => {
    expect(offered('--toolsets', 'observe')).toEqual(observe);
    expect(offered('--toolsets', 'security')).toEqual(['query_audit_log']);
    expect(offered('--toolsets', 'security,analyze')).toEqual([...analyze, 'query_audit_log']);
    expect(offered('--toolsets', 'default,security')).toEqual([...observe, ...analyze, 'query_audit_log']);
  });

  test('are all with the toolset all', () => {
    expect(offered('--toolsets', 'all')).toEqual(tools.map(({ name }) => name));
  });

  test('change nothing with --read-only', () => {
    expect(offered('--toolsets', 'all', '--read-only')).toEqual(
      tools.filter(({ readOnly }) => readOnly).map(({ name }) => name),
    );
  });
});

test('resources and prompts are always offered', () => {
  expect(selectDefinitions({ toolsets: ['security'], readOnly: true })).toMatchObject({ resources, prompts });
});
