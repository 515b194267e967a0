import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface SuiteRun {
  /** The scenarios that a revision requires of a server and that passed, as the suite reports them. */
  readonly passed: readonly string[];
  readonly failed: readonly string[];
  /** The suite's own verdict on what it requires. */
  readonly exitCode: number | null;
  readonly output: string;
}

const suite = dirname(fileURLToPath(import.meta.resolve('@modelcontextprotocol/conformance/package.json')));

/** Runs what `revision` requires of a server against the one at `url`. */
export async function runSuite(revision: string, url: string): Promise<SuiteRun> {
  const program = join(suite, 'dist', 'index.js');
  const args = [program, 'server', '--url', url, '--requirements', revision];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve));
  const passes = passingScenarios(output);
  const required = requiredScenarios(revision);
  return {
    passed: required.filter((name) => passes.has(name)),
    failed: required.filter((name) => !passes.has(name)),
    exitCode,
    output,
  };
}

/** The `server` list of the suite's own requirements; a line each, so that no YAML parser is needed. */
function requiredScenarios(revision: string): string[] {
  const text = readFileSync(join(suite, 'requirements', `${revision}.yaml`), 'utf8');
  const [, list = ''] = /^server:\n((?: {2}- .+\n)+)/m.exec(text) ?? [];
  return [...list.matchAll(/^ {2}- (\S+)$/gm)].map(([, name = '']) => name);
}

/** Of the summary's lines, those that say that something was checked and nothing failed. */
function passingScenarios(output: string): ReadonlySet<string> {
  const summary = output.slice(output.lastIndexOf('=== SUMMARY ==='));
  return new Set([...summary.matchAll(/^✓ (\S+): [1-9]\d* passed, 0 failed$/gm)].map(([, name = '']) => name));
}
