import { timeToThreshold } from '../../src/analytics/index.ts';
import { createRandom } from '../../test/support/random.ts';
import type { BenchResult } from '../support/bench.ts';
import { cpuSeconds } from '../support/cpu.ts';

const points = 200_000;
const minuteMs = 60_000;
const random = createRandom(31);

/** The longest series that is analysed at once, of what takes longest for one reason or another. */
const shapes: Readonly<Record<string, (i: number) => number>> = {
  constant: () => 0.5,
  noise: () => 0.5 + 0.1 * random.uniform(),
  'with a day': (i) => 0.5 + 0.2 * Math.sin((2 * Math.PI * i) / 1440) + 0.02 * random.uniform(),
  'saw-tooth': (i) => 0.2 + (0.5 * (i % 3000)) / 3000,
  'in stairs': (i) => 0.3 + 0.01 * Math.floor(i / 5000),
  'tidied up at the end': (i) => 0.3 + (0.4 * i) / points + 0.002 * random.uniform() - (i > points - 8 ? 0.2 : 0),
};

/** CPU that dating a threshold takes at most, by the minute and with the season to be found. */
export function measureLong(): BenchResult {
  const made = Object.entries(shapes).map(([name, at]) => ({
    name,
    values: Float64Array.from({ length: points }, (_, i) => at(i)),
  }));
  const took = made.flatMap(({ name, values }) =>
    [minuteMs, undefined].map((stepMs) => {
      const ask = () => timeToThreshold(values, { threshold: 2, horizon: 10_000, stepMs });
      const ms = 1000 * Math.min(...Array.from({ length: 3 }, () => cpuSeconds(ask)));
      return { name: stepMs === undefined ? `${name}, season unknown` : name, ms };
    }),
  );
  const most = (some: typeof took) => Math.max(...some.map(({ ms }) => ms));
  const constant = took.filter(({ name }) => name.startsWith('constant'));
  return {
    bar: `timeToThreshold of ${points.toLocaleString('en')} points <= 400 ms of CPU, of constant ones <= 300 ms`,
    figure: took.map(({ name, ms }) => `${name} ${ms.toFixed(0)} ms`).join(', '),
    pass: most(took) <= 400 && most(constant) <= 300,
  };
}
