// npm run bench                              lists the benches
// npm run bench -- NAME [--short] [--json]   runs bench/NAME.ts; exit code 1: a bar was missed, 2: no such bench
import { readdirSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import type { Bench, BenchResult } from './support/bench.ts';

const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
  .map((file) => file.slice(0, -'.ts'.length))
  .sort();

process.exitCode = await main();

async function main(): Promise<number> {
  const parsed = readArguments();
  if (typeof parsed === 'string') return refuse(parsed);
  const { name, short, json } = parsed;
  if (name === undefined) {
    console.log(`Benches: ${listing()}\nUsage: npm run bench -- NAME [--short] [--json]`);
    return 0;
  }
  if (!names.includes(name)) return refuse(`there is no bench "${name}".`);
  const machine = describeMachine();
  if (!json) console.log(`${name}${short ? ' (short)' : ''} on ${machineLine(machine)}`);
  const bench = (await import(`./${name}.ts`)) as Bench;
  const results = await bench.run({ short, json });
  if (json) console.log(JSON.stringify({ bench: name, short, machine, results }));
  else for (const result of results) console.log(resultLine(result));
  return results.some(({ pass }) => pass === false) ? 1 : 0;
}

function readArguments() {
  const options = { short: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } } as const;
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    if (positionals.length > 1) return `one bench at a time, not ${positionals.length}.`;
    return { name: positionals[0], ...values };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function refuse(problem: string): number {
  console.error(`bench: ${problem} Valid names: ${listing()}. Options: --short, --json.`);
  return 2;
}

function listing(): string {
  return names.join(', ') || 'none yet';
}

function describeMachine() {
  return {
    node: process.version,
    cpus: availableParallelism(),
    cpuModel: cpus()[0]?.model.trim() ?? 'unknown',
    load1: loadavg()[0] ?? 0,
  };
}

function machineLine({ node, cpus, cpuModel, load1 }: ReturnType<typeof describeMachine>): string {
  return `Node ${node}, ${cpus} CPUs (${cpuModel}), load ${load1.toFixed(2)}`;
}

function resultLine({ bar, figure, pass }: BenchResult): string {
  const verdict = pass === null ? 'not measured' : pass ? 'pass' : 'MISSED';
  return `  ${verdict.padEnd(12)}  ${bar}: ${figure}`;
}
