import { createRandom, type Random } from '../../test/support/random.ts';

const day = 24;
/** Hours of history, and of what comes after it. */
const historyHours = 28 * day;
export const aheadHours = 28 * day;
export const threshold = 0.9;

/** A disk, or memory, of which all is known: hourly values, and what they would be without noise. */
export interface Known {
  readonly history: Float64Array;
  /** Hours after the history to the first at or above the threshold; null when there is none within `aheadHours`. */
  readonly truth: number | null;
}

type Make = (random: Random) => { level: (hour: number) => number; noise: number };

/** Slope of something at `base` that reaches the threshold 2 to 27 days after the history. */
function slope(random: Random, base: number): number {
  return (threshold - base) / (historyHours + (2 + 25 * random.uniform()) * day);
}

const start = (random: Random) => 0.2 + 0.4 * random.uniform();

/** Steps of a walk are added up as the hours come, so `level` is asked for them in order. */
function adding(base: number, step: (hour: number) => number): (hour: number) => number {
  let level = base;
  return (hour) => {
    level += step(hour);
    return level;
  };
}

/** What grows, in the ways in which it does. */
export const growing: Readonly<Record<string, Make>> = {
  steady: (random) => {
    const base = start(random);
    const k = slope(random, base);
    return { level: (hour) => base + k * hour, noise: 0.003 };
  },
  noisy: (random) => {
    const base = start(random);
    const k = slope(random, base);
    return { level: (hour) => base + k * hour, noise: 0.02 };
  },
  'daily peaks': (random) => {
    const base = start(random);
    const k = slope(random, base);
    const swing = 0.02 + 0.05 * random.uniform();
    return { level: (hour) => base + k * hour + swing * Math.sin((2 * Math.PI * hour) / day), noise: 0.005 };
  },
  'weekdays only': (random) => {
    const base = start(random);
    const k = slope(random, base);
    return { level: adding(base, (hour) => (Math.floor(hour / day) % 7 < 5 ? 1.35 * k : 0.1 * k)), noise: 0.002 };
  },
  'in bursts': (random) => {
    const base = start(random);
    const k = slope(random, base);
    const burst = () => (random.uniform() < 0.1 ? -Math.log(1 - random.uniform()) * 10 * k : 0);
    return { level: adding(base, burst), noise: 0.001 };
  },
  wandering: (random) => {
    const base = start(random);
    const k = slope(random, base);
    return { level: adding(base, () => k * (1 + 3 * random.normal())), noise: 0.001 };
  },
  'of changing speed': (random) => {
    const base = start(random);
    let k = slope(random, base);
    const least = k / 10;
    const usual = k;
    const step = (hour: number) => {
      if (hour % day === 0) k = Math.max(least, k + 0.04 * usual * random.normal());
      return k;
    };
    return { level: adding(base, step), noise: 0.002 };
  },
  'with a file that came and went': (random) => {
    const base = start(random);
    const k = slope(random, base);
    const at = Math.floor((5 + 18 * random.uniform()) * day);
    return { level: (hour) => base + k * hour + (hour >= at && hour < at + 30 ? 0.12 : 0), noise: 0.002 };
  },
  'since a deletion': (random) => {
    const base = 0.25 + 0.2 * random.uniform();
    const at = Math.floor((4 + 6 * random.uniform()) * day);
    const k = (threshold - base + 0.1) / (historyHours + (2 + 12 * random.uniform()) * day);
    return { level: (hour) => base + k * hour + (hour < at ? 0.1 : -0.1), noise: 0.002 };
  },
};

/** What does not grow, and must not be said to run out. */
export const standing: Readonly<Record<string, Make>> = {
  steady: (random) => {
    const base = 0.3 + 0.4 * random.uniform();
    return { level: () => base, noise: 0.01 };
  },
  'with daily peaks': (random) => {
    const base = 0.3 + 0.35 * random.uniform();
    return { level: (hour) => base + 0.1 * Math.sin((2 * Math.PI * hour) / day), noise: 0.01 };
  },
  'of workdays': (random) => {
    const base = 0.3 + 0.35 * random.uniform();
    return { level: (hour) => base + (Math.floor(hour / day) % 7 < 5 ? 0.08 : 0), noise: 0.01 };
  },
  'with memory': (random) => {
    const base = 0.4 + 0.25 * random.uniform();
    let off = 0;
    return {
      level: () => {
        off = 0.98 * off + 0.006 * random.normal();
        return base + off;
      },
      noise: 0.002,
    };
  },
  'reset every few days': (random) => {
    const period = Math.floor((2 + 6 * random.uniform()) * day);
    const phase = Math.floor(period * random.uniform());
    const base = 0.2 + 0.1 * random.uniform();
    return { level: (hour) => base + (0.45 * ((hour + phase) % period)) / period, noise: 0.004 };
  },
};

export function makeKnown(make: Make, seed: number): Known {
  const random = createRandom(seed);
  const { level, noise } = make(random);
  const levels = Float64Array.from({ length: historyHours + aheadHours }, (_, hour) => level(hour));
  const history = levels.slice(0, historyHours).map((value) => Math.max(0, value + noise * random.normal()));
  const at = levels.findIndex((value, hour) => hour >= historyHours && value >= threshold);
  return { history, truth: at < 0 ? null : at - historyHours + 1 };
}
