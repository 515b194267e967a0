import { runDirectly } from './support/args.ts';
import type { BenchOptions, BenchResult } from './support/bench.ts';
import { type Measurement, measure, prepareServers, type Servers, type Subject } from './support/mcp-servers.ts';

const eras = ['legacy', 'modern'] as const;
const widths = [1, 16] as const;

/** Cold start, memory and throughput of the built program beside the smallest server of the same SDK, in turn. */
export async function run({ short }: BenchOptions): Promise<BenchResult[]> {
  using servers = await prepareServers();
  const rounds = short ? 3 : 9;
  const results = [...(await coldStart(servers, rounds)), await memory(servers)];
  for (const transport of ['stdio', 'http'] as const) {
    for (const era of eras) {
      if (short) results.push(...widths.map((width) => notMeasured(throughputBar(transport, era, width))));
      else results.push(...(await throughput(servers, transport, era)));
    }
  }
  return results;
}

async function coldStart({ ours, minimal, everything }: Servers, rounds: number): Promise<BenchResult[]> {
  const toMinimal: number[] = [];
  const toEverything: number[] = [];
  const own: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const cpu = await coldCpu(ours);
    own.push(cpu);
    toMinimal.push(cpu / (await coldCpu(minimal)));
    toEverything.push(cpu / (await coldCpu(everything)));
  }
  const ratios = { minimal: median(toMinimal), everything: median(toEverything) };
  return [
    {
      bar: 'cold start over stdio, spawn to tools/list: CPU <= 1.2 times the minimal server',
      figure: `${ratios.minimal.toFixed(2)} times (median of ${rounds} rounds; ${median(own).toFixed(0)} ms CPU here)`,
      pass: ratios.minimal <= 1.2,
    },
    {
      bar: 'cold start CPU below server-everything',
      figure: `${ratios.everything.toFixed(2)} times`,
      pass: ratios.everything < 1,
    },
  ];
}

async function coldCpu({ stdio }: Subject): Promise<number> {
  const { cold } = await measure(['stdio', '--cold', '5', '--', ...stdio]);
  return cold?.cpu_ms?.p50 ?? Number.NaN;
}

async function memory({ ours, minimal }: Servers): Promise<BenchResult> {
  const resident = async (subject: Subject) =>
    megabytes(await measure(stdioCalls(subject, 'legacy', ['--calls', '1000', '--concurrency', '1'])));
  const measured = [await resident(ours), await resident(ours), await resident(ours)];
  const own = median(measured);
  return {
    bar: 'resident < 110 MB after 1,000 calls over stdio',
    figure: `${own.toFixed(0)} MB (median of ${measured.length} starts; minimal server ${(await resident(minimal)).toFixed(0)} MB)`,
    pass: own < 110,
  };
}

function megabytes({ loaded }: Measurement): number {
  return ((loaded?.rss_mib ?? Number.NaN) * 1024 ** 2) / 1e6;
}

const throughputRounds = 5;

async function throughput(
  servers: Servers,
  transport: 'stdio' | 'http',
  era: 'legacy' | 'modern',
): Promise<BenchResult[]> {
  const ratios = new Map<number, { rate: number; cpu: number }[]>(widths.map((width) => [width, []]));
  for (let round = 0; round < throughputRounds; round++) {
    const own = await calls(servers, 'ours', transport, era);
    const peer = await calls(servers, 'minimal', transport, era);
    for (const width of widths) {
      const [a, b] = [own, peer].map(({ calls: measured }) =>
        measured?.find(({ concurrency }) => concurrency === width),
      );
      if (!a || !b) throw new Error('mcpbench reported no calls');
      ratios
        .get(width)
        ?.push({ rate: a.calls_per_s / b.calls_per_s, cpu: a.server_cpu_us_per_call / b.server_cpu_us_per_call });
    }
  }
  return [...ratios].map(([width, measured]) => {
    const rate = median(measured.map((one) => one.rate));
    return {
      bar: throughputBar(transport, era, width),
      figure: `${rate.toFixed(2)} times (median of ${throughputRounds} pairs; server CPU ${median(measured.map((one) => one.cpu)).toFixed(2)} times)`,
      pass: rate >= 0.7,
    };
  });
}

function throughputBar(transport: string, era: string, width: number): string {
  return `tools/call list_hosts, ${transport}, ${era} era, ${width} in flight: >= 0.7 times the minimal server's calls/s`;
}

async function calls(
  servers: Servers,
  which: 'ours' | 'minimal',
  transport: 'stdio' | 'http',
  era: string,
): Promise<Measurement> {
  const subject = servers[which];
  if (transport === 'stdio') return measure(stdioCalls(subject, era, []));
  using http = await servers.startHttp(which);
  const target = [
    '--url',
    http.url,
    '--pid',
    String(http.pid),
    ...(http.header === null ? [] : ['--header', http.header]),
  ];
  return await measure(['http', ...target, ...callOptions(subject, era)]);
}

function stdioCalls(subject: Subject, era: string, more: readonly string[]): string[] {
  return ['stdio', ...callOptions(subject, era), ...more, '--', ...subject.stdio];
}

function callOptions({ tool, args }: Subject, era: string): string[] {
  return ['--cold', '1', '--era', era, '--tool', tool, '--args', JSON.stringify(args)];
}

function notMeasured(bar: string): BenchResult {
  return { bar, figure: 'only without --short', pass: null };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

if (import.meta.main) await runDirectly(run);
