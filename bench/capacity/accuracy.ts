import { timeToThreshold } from '../../src/analytics/index.ts';
import type { BenchResult } from '../support/bench.ts';
import { median } from '../support/timing.ts';
import { aheadHours, growing, type Known, makeKnown, standing, threshold } from './growing.ts';
import { type Answer, predictLinear } from './predict-linear.ts';

const hourMs = 3_600_000;
const level = 0.8;

/** Growth that is drawn anew each day or hour: what comes is not in what was. */
const ofChance: ReadonlySet<string> = new Set(['in bursts', 'wandering', 'of changing speed']);

/** How right the dates are where the truth is known, beside Prometheus' predict_linear, and how often one is made up. */
export function measureAccuracy(runs: number): BenchResult[] {
  const cases = Object.entries(growing).map(([name, make], i) => ({ name, known: makeAll(make, runs, i) }));
  const judged = cases.map(({ name, known }) => ({ name, known, ...judge(known, ask) }));
  const byChance = judged.filter(({ name }) => ofChance.has(name));
  const evenly = judged.filter((one) => !byChance.includes(one));
  const together = (some: typeof judged) =>
    judge(
      some.flatMap(({ known }) => known),
      ask,
    );
  const [chance, even] = [together(byChance), together(evenly)];
  const all = judge(
    cases.flatMap(({ known }) => known),
    ask,
  );
  const calm = Object.entries(standing).map(([name, make], i) => ({ name, known: makeAll(make, runs, 50 + i) }));
  const alarms = calm.map(({ name, known }) => `${name} ${percent(falseAlarms(known, ask))}`);
  const calmOnes = calm.flatMap(({ known }) => known);
  const peers = [6, 24, 168].map((hours) => ({
    name: `predict_linear[${hours}h]`,
    error: judge(
      cases.flatMap(({ known }) => known),
      ({ history }) => predictLinear(history, { hours, threshold, aheadHours }),
    ).error,
    alarms: falseAlarms(calmOnes, ({ history }) => predictLinear(history, { hours, threshold, aheadHours })),
  }));
  const list = (some: typeof judged, of: (one: (typeof judged)[number]) => string) =>
    some.map((one) => `${one.name} ${of(one)}`).join(', ');
  const best = Math.min(...peers.map(({ error }) => error));
  return [
    {
      bar: `earliest to latest holds the truth in 0.75..0.85 where growth is a matter of chance (nominal ${level})`,
      figure: `${chance.inside.toFixed(2)} of ${chance.n} (${list(byChance, (one) => one.inside.toFixed(2))})`,
      pass: chance.inside >= 0.75 && chance.inside <= 0.85,
    },
    {
      bar: `and in >= ${level} where it is even`,
      figure: `${even.inside.toFixed(2)} of ${even.n} (${list(evenly, (one) => one.inside.toFixed(2))})`,
      pass: even.inside >= level,
    },
    {
      bar: 'median error of likely <= 15 % of the time that is left, and below predict_linear of every window',
      figure: `${percent(all.error)} (${list(judged, (one) => percent(one.error))}; ${peers.map((one) => `${one.name} ${percent(one.error)}`).join(', ')})`,
      pass: all.error <= 0.15 && all.error < best,
    },
    {
      bar: 'series that stand still and are said to run out within 28 days <= 2 %',
      figure: `${percent(falseAlarms(calmOnes, ask))} of ${calmOnes.length} (${alarms.join(', ')}; ${peers.map((one) => `${one.name} ${percent(one.alarms)}`).join(', ')})`,
      pass: falseAlarms(calmOnes, ask) <= 0.02,
    },
  ];
}

type Ask = (known: Known) => Answer;

function makeAll(make: (typeof growing)[string], runs: number, family: number): Known[] {
  return Array.from({ length: runs }, (_, seed) => makeKnown(make, 1_000_003 * (family + 1) + seed));
}

function ask({ history }: Known): Answer {
  return timeToThreshold(history, { threshold, horizon: aheadHours, stepMs: hourMs, level });
}

/** An answer that is not given is as wrong as the whole time that was looked ahead. */
function judge(all: readonly Known[], answerTo: Ask) {
  const judged = all.flatMap((known) => {
    const { truth } = known;
    if (truth === null) return [];
    const { earliest, likely, latest } = answerTo(known);
    const isInside = earliest !== null && earliest <= truth && truth <= (latest ?? Number.POSITIVE_INFINITY);
    return [{ isInside, error: Math.abs((likely ?? truth + aheadHours) - truth) / truth }];
  });
  return {
    n: judged.length,
    inside: judged.filter(({ isInside }) => isInside).length / judged.length,
    error: median(judged.map(({ error }) => error)),
  };
}

function falseAlarms(all: readonly Known[], answerTo: Ask): number {
  return all.filter((known) => answerTo(known).likely !== null).length / all.length;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
}
