import { detectBatch } from '../../src/analytics/index.ts';
import type { BenchResult } from '../support/bench.ts';
import { say } from '../support/say.ts';
import { streamingScores } from './nab.ts';
import { openPeers } from './peers/open-peers.ts';
import { type LabelledSeries, readPublished, readTsbAd } from './tsb-ad.ts';
import { measureVusPr, type Scorer, scoreAll, type VusReport } from './vus.ts';

/** The best single method of the 32 published ones, POLY, and its mean over the 23 files. */
const BEST_PUBLISHED = { name: 'POLY', mean: 0.484 } as const;

/** The first one is held against peers. */
const OURS: readonly { readonly name: string; readonly scorer: Scorer; readonly atLeast: number }[] = [
  { name: 'detectBatch', scorer: (values) => detectBatch(values, {}).scores, atLeast: BEST_PUBLISHED.mean },
  {
    name: 'the streaming detector',
    scorer: (values, timestampsMs) => streamingScores(values, timestampsMs, 'rawScore'),
    atLeast: 0.4,
  },
];

/** Every other file: what constants were chosen on, the even places, and the rest. */
const HALVES = [0, 1] as const;

/** VUS-PR of our detectors and of peers in the same run, on TSB-AD's 23 NAB series. */
export async function reportVus(short: boolean): Promise<BenchResult[]> {
  const series = readTsbAd();
  const results: BenchResult[] = [];
  const means: number[] = [];
  for (const { name, scorer, atLeast } of OURS) {
    const report = await measureVusPr(series, scoreAll(series, scorer));
    sayFiles(name, series, report);
    results.push(vusResult(name, report, atLeast));
    means.push(report.mean);
  }
  return short ? results : [...results, ...(await measurePeers(series, means[0] ?? Number.NaN))];
}

function vusResult(name: string, report: VusReport, atLeast: number): BenchResult {
  const halves = HALVES.map((half) => mean(report.byFile.filter((_, i) => i % 2 === half)).toFixed(3));
  return {
    bar: `VUS-PR of ${name}, mean over 23 series >= ${atLeast} (best published method, ${BEST_PUBLISHED.name}: ${BEST_PUBLISHED.mean})`,
    figure: `${report.mean.toFixed(3)} (${halves[0]} on the half that constants were set on, ${halves[1]} on the other, which was looked at too)`,
    pass: report.mean >= atLeast,
  };
}

async function measurePeers(series: readonly LabelledSeries[], ours: number): Promise<BenchResult[]> {
  const results: BenchResult[] = [];
  for (const peer of await openPeers()) {
    const bar = `VUS-PR of detectBatch above that of ${peer.name}`;
    if ('absent' in peer) {
      results.push({ bar, figure: `skipped: ${peer.absent}`, pass: null });
      continue;
    }
    say(`VUS-PR of ${peer.name}`);
    const { mean } = await measureVusPr(series, await peer.score(series));
    results.push({ bar, figure: `${ours.toFixed(3)} against ${mean.toFixed(3)}`, pass: ours > mean });
  }
  return results;
}

/** Each file beside the best published method and the best of all for that file. */
function sayFiles(detector: string, series: readonly LabelledSeries[], { byFile }: VusReport): void {
  const published = readPublished();
  for (const [i, { name }] of series.entries()) {
    const ofFile = published.get(name);
    const best = Math.max(...(ofFile?.values() ?? []));
    const shown = [byFile[i], ofFile?.get(BEST_PUBLISHED.name), best].map((one) => (one ?? Number.NaN).toFixed(3));
    say(`${detector} ${shown[0]} on ${name}; ${BEST_PUBLISHED.name} ${shown[1]}, best published ${shown[2]}`);
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}
