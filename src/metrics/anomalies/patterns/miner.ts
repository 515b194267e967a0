import { formatValue } from '../../../core/format.ts';
import type { Descriptor } from '../../../core/series.ts';
import { quantile } from '../../../core/statistics.ts';
import { type Candidate, isTotal, type Pattern, risen, type Situation } from '../situation.ts';

const loadSeries: Descriptor = { metric: 'system.cpu.load_average.1m', labels: {}, unit: '{thread}' };
const cpuCountSeries: Descriptor = { metric: 'system.cpu.logical.count', labels: {}, unit: '{cpu}' };

const plateauMs = 15 * 60_000;
const leastSamples = 12;
/** Of the plateau, may be without samples. */
const mostMissing = 0.1;
const leastUse = 0.85;
/** Between the 5th and the 95th percentile. */
const mostSpread = 0.06;
/** What is expected at a time when a host is usually idle. */
const mostExpected = 0.5;
/** Load average a core: each has something to do. */
const leastLoad = 0.7;
const busyDay = 0.5;
/** Some samples of a disk may be odd at any time. */
const leastWorkMs = 60_000;

/**
 * The processors are nearly fully used, and evenly so, for a quarter of an hour at a time when they usually are not, the
 * load follows, and it is no work that starts processes or reads and writes much, as a build does.
 */
export const findMiner: Pattern = (situation) => {
  const [odd] = risen(situation.anomalies, isCpuUse);
  if (odd === undefined || !(odd.peak.expected < mostExpected)) return null;
  const plateau = plateauOf(odd.series, situation);
  if (plateau === null || !isLoaded(situation) || isWork(situation)) return null;
  return suspect(odd.series, odd.peak.expected, plateau);
};

function isCpuUse(series: Descriptor): boolean {
  return series.metric === 'system.cpu.utilization' && isTotal(series);
}

interface Plateau {
  readonly low: number;
  readonly high: number;
}

function plateauOf(series: Descriptor, { nowMs, samples }: Situation): Plateau | null {
  const { timesMs, values } = samples(series, nowMs - plateauMs);
  const [firstMs = nowMs, lastMs = nowMs] = [timesMs[0], timesMs.at(-1)];
  if (values.length < leastSamples || lastMs - firstMs < (1 - mostMissing) * plateauMs) return null;
  const sorted = values.toSorted();
  const plateau = { low: quantile(sorted, 0.05), high: quantile(sorted, 0.95) };
  return plateau.low >= leastUse && plateau.high - plateau.low <= mostSpread ? plateau : null;
}

/** Where it is not known, the use of the processors has to be enough. */
function isLoaded({ last }: Situation): boolean {
  const load = last(loadSeries);
  const cores = last(cpuCountSeries);
  return Number.isNaN(load) || Number.isNaN(cores) || load >= leastLoad * cores;
}

const work: ReadonlySet<string> = new Set(['system.processes.created', 'system.disk.io', 'system.disk.operations']);

function isWork({ anomalies }: Situation): boolean {
  return risen(anomalies, ({ metric }) => work.has(metric)).some(
    ({ startMs, lastMs }) => lastMs - startMs >= leastWorkMs,
  );
}

function suspect(subject: Descriptor, expected: number, { low, high }: Plateau): Candidate {
  const share = (value: number) => formatValue(value, '1');
  return {
    hypothesis: {
      kind: 'miner',
      evidence:
        `The processors have been used ${share(low)} to ${share(high)} for 15 minutes where ${share(expected)} was ` +
        'expected, without new processes or disk traffic: somebody may be mining, or a process may be stuck.',
    },
    subject,
    isUsual(days) {
      const busy = days.filter(({ mean }) => mean >= busyDay);
      return busy.some(({ daysAgo }) => daysAgo === 7) || (busy.length > 0 && 2 * busy.length >= days.length);
    },
  };
}
