import { availableParallelism, loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { copyProgram } from '../test/support/chaos/program-copy.ts';
import { programCommand } from '../test/support/program.ts';
import { openStdio, type StdioSession, textOf } from '../test/support/stdio-session.ts';
import { temporaryDir } from '../test/support/temporary-dir.ts';
import { createFaults, type Fault, openLink } from './faults/faults.ts';
import { runDirectly } from './support/args.ts';
import type { BenchOptions, BenchResult } from './support/bench.ts';
import { say } from './support/say.ts';

interface Plan {
  readonly rounds: number;
  readonly baselineMs: number;
  readonly faultMs: number;
  readonly recoveryMs: number;
  /** How long a round waits for a machine that others keep busy. */
  readonly patienceMs: number;
}

const plans = {
  full: { rounds: 10, baselineMs: 240_000, faultMs: 60_000, recoveryMs: 60_000, patienceMs: 600_000 },
  short: { rounds: 1, baselineMs: 80_000, faultMs: 20_000, recoveryMs: 20_000, patienceMs: 60_000 },
} as const satisfies Record<string, Plan>;
/** Load a core below which a machine is calm. */
const calmLoad = 0.3;
const first = 3;
const share = 0.9;

/**
 * Real faults on this machine, and where `find_correlated_metrics` of the built program ranks the resource that each is of,
 * held against the quiet minutes before the first of a round.
 */
export async function run({ short, json }: BenchOptions): Promise<BenchResult[]> {
  const plan: Plan = { ...plans[short ? 'short' : 'full'], ...roundsOf(process.env.FAULT_ROUNDS) };
  const faults = createFaults();
  const ranks = new Map<string, (number | null)[]>(faults.map(({ name }) => [name, []]));
  using program = copyProgram();
  using data = temporaryDir();
  using _link = openLink();
  const { env, args } = programCommand(data.path, 'stdio');
  const command = {
    command: process.execPath,
    args: [program.path, ...args.slice(1)],
    env: { ...env, OPENMANAGER_SLOW_INTERVAL_SECONDS: '5' },
  };
  await using server = openStdio(command);
  await server.initialize();
  await call(server, 'get_host_snapshot', {});
  const busy: number[] = [];
  for (let round = 1; round <= plan.rounds; round++) {
    await untilCalm(plan.patienceMs);
    const baseline = await span(plan.baselineMs);
    busy.push(await busyShare(server, baseline));
    for (const fault of faults.filter(({ missing }) => missing === '')) {
      const { rank, text } = await rankOf(server, fault, { baseline, plan });
      ranks.get(fault.name)?.push(rank);
      const shown = `round ${round}, ${fault.name}: ${fault.resource} at ${rank ?? 'no place'}`;
      if (!json) say(`${shown}, ${percent(busy.at(-1))} busy before\n${text}`);
      await sleep(plan.recoveryMs);
    }
  }
  return faults.map((fault) => resultOf(fault, ranks.get(fault.name) ?? [], busy));
}

/** What others do on the machine meanwhile is no fault of ours, but an incident beside an incident shows nothing. */
async function untilCalm(patienceMs: number): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while ((loadavg()[0] ?? 0) > calmLoad * availableParallelism() && performance.now() < deadline) await sleep(5_000);
}

/** The mean share of the processor that was busy. */
async function busyShare(server: StdioSession, { from, to }: Span): Promise<number> {
  const answer = await call(server, 'query_metrics', { metric: 'system.cpu.utilization', from, to });
  const { series = [] } = (answer.result?.structuredContent ?? {}) as { series?: { statistics: { mean: number } }[] };
  return series[0]?.statistics.mean ?? Number.NaN;
}

function percent(share = Number.NaN): string {
  return `${Math.round(100 * share)} %`;
}

function roundsOf(text: string | undefined): Partial<Plan> {
  return text === undefined ? {} : { rounds: Number(text) };
}

interface Span {
  readonly from: string;
  readonly to: string;
}

async function span(ms: number): Promise<Span> {
  const from = new Date().toISOString();
  await sleep(ms);
  return { from, to: new Date().toISOString() };
}

async function rankOf(
  server: StdioSession,
  fault: Fault,
  { baseline, plan }: { baseline: Span; plan: Plan },
): Promise<{ rank: number | null; text: string }> {
  let incident: Span;
  {
    await using _running = fault.start();
    incident = await span(plan.faultMs);
  }
  const args = { ...incident, baseline: `${baseline.from}/${baseline.to}` };
  const answer = await call(server, 'find_correlated_metrics', args);
  const { resources } = (answer.result?.structuredContent ?? { resources: [] }) as {
    resources: { resource: string }[];
  };
  const place = resources.findIndex(({ resource }) => resource === fault.resource);
  return { rank: place < 0 ? null : place + 1, text: textOf(answer) };
}

function call(server: StdioSession, name: string, args: Record<string, unknown>) {
  return server.request('tools/call', { name, arguments: args });
}

function resultOf(
  { name, resource, missing }: Fault,
  ranks: readonly (number | null)[],
  busy: readonly number[],
): BenchResult {
  const bar = `${name}: ${resource} among the first ${first} in ${share * 100} % of the runs`;
  if (missing !== '') return { bar, figure: `needs ${missing}`, pass: null };
  const found = ranks.filter((rank) => rank !== null && rank <= first).length;
  const places = ranks.map((rank) => rank ?? '-').join(' ');
  const before = busy.map(percent).join(', ');
  const figure = `${found} of ${ranks.length}; places ${places}; processor busy before each round: ${before}`;
  return { bar, figure, pass: found >= share * ranks.length };
}

if (import.meta.main) await runDirectly(run);
