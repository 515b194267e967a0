import { reportGrowth } from './forecast/growth.ts';
import { reportM4 } from './forecast/m4-report.ts';
import { reportBitbrainsPeers } from './forecast/ops-peers.ts';
import { reportBitbrains } from './forecast/ops-report.ts';
import { runDirectly } from './support/args.ts';
import type { BenchOptions, BenchResult } from './support/bench.ts';
import { say } from './support/say.ts';

/**
 * How right forecasts and their intervals are on series that nothing was chosen on, and what they cost beside peers. What
 * may be looked at while methods are chosen is measured by `forecast/dev.ts`; how to get the peers is said in
 * `forecast/peers/open-peers.ts`.
 */
export async function run({ short }: BenchOptions): Promise<BenchResult[]> {
  if (short) return [...(await reportM4(short)), ...(await reportBitbrains(short)), ...reportGrowth(short)];
  say('M4 hourly, in turn with peers');
  const results = await reportM4(short);
  say('Bitbrains, 50 machines');
  results.push(...(await reportBitbrains(short)));
  say('Bitbrains, every tenth machine in turn with peers');
  results.push(...(await reportBitbrainsPeers()));
  say('growth of the cost');
  return [...results, ...reportGrowth(short)];
}

if (import.meta.main) await runDirectly(run);
