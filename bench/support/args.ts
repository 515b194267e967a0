import { parseArgs } from 'node:util';
import type { Bench } from './bench.ts';

/** Runs a bench file that was started by itself, with `--short` and `--json`; exit code 1: a bar was missed. */
export async function runDirectly(run: Bench['run']): Promise<void> {
  const options = { short: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } } as const;
  const { values } = parseArgs({ options });
  const results = await run(values);
  if (values.json) console.log(JSON.stringify(results));
  else for (const { bar, figure, pass } of results) console.log(`${verdict(pass)}  ${bar}: ${figure}`);
  if (results.some(({ pass }) => pass === false)) process.exitCode = 1;
}

function verdict(pass: boolean | null): string {
  if (pass === null) return 'not measured';
  return pass ? 'pass        ' : 'MISSED      ';
}
