import { createDetectorSlab } from '../../src/analytics/index.ts';
import type { BenchResult } from '../support/bench.ts';
import { say } from '../support/say.ts';
import { type NabSeries, readNab } from './nab-data.ts';
import { STANDARD, scoreCorpus } from './nab-score.ts';
import { openPeers } from './peers/open-peers.ts';

/** Published, on the same data and profile (see the data's README). */
const PUBLISHED = 'Numenta HTM 70.1, ARTime 74.9, Random Cut Forest 51.7, WindowedGaussian 39.7';
/** The score from which on a sample is an anomaly at the default sensitivity. */
const DEFAULT_THRESHOLD = 0.5;

/** The streaming detector, fed with time and value only, and peers. Its constants were set on the even files alone. */
export async function reportNab(short: boolean): Promise<BenchResult[]> {
  const files = readNab();
  const scores = files.map(({ timestampsMs, values }) => streamingScores(values, timestampsMs, 'score'));
  const best = scoreCorpus(files, scores, STANDARD);
  const atDefault = scoreCorpus(files, scores, STANDARD, DEFAULT_THRESHOLD).score;
  const half = (parity: number) => {
    const ofHalf = <T>(all: readonly T[]) => all.filter((_, i) => i % 2 === parity);
    return scoreCorpus(ofHalf(files), ofHalf(scores), STANDARD, best.threshold).score.toFixed(1);
  };
  const results = [
    {
      bar: 'NAB 1.1, standard profile >= 66 (aim 74.9)',
      figure: `${best.score.toFixed(1)}: ${half(0)} on the files it was tuned on, ${half(1)} on the others (published: ${PUBLISHED})`,
      pass: best.score >= 66,
    },
    {
      bar: 'NAB 1.1, standard profile, with the default threshold >= 60',
      figure: atDefault.toFixed(1),
      pass: atDefault >= 60,
    },
  ];
  return short ? results : [...results, ...(await reportPeers(files, best.score))];
}

/** `score` is what is to be told of, `rawScore` how odd the metric is at the time. */
export function streamingScores(
  values: Float64Array,
  timestampsMs: Float64Array,
  of: 'score' | 'rawScore',
): Float64Array {
  const slab = createDetectorSlab();
  const slot = slab.add();
  return values.map((value, i) => slab.push(slot, timestampsMs[i] ?? Number.NaN, value)[of]);
}

async function reportPeers(files: readonly NabSeries[], ours: number): Promise<BenchResult[]> {
  const results: BenchResult[] = [];
  for (const peer of await openPeers()) {
    const bar = `NAB 1.1 above that of ${peer.name}`;
    if ('absent' in peer) {
      results.push({ bar, figure: `skipped: ${peer.absent}`, pass: null });
      continue;
    }
    say(`NAB of ${peer.name}`);
    const { score } = scoreCorpus(files, await peer.score(files), STANDARD);
    results.push({ bar, figure: `${ours.toFixed(1)} against ${score.toFixed(1)}`, pass: ours > score });
  }
  return results;
}
