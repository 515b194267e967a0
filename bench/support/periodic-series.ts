import { createRandom, type Random } from '../../test/support/random.ts';

/** A series whose seasonal periods are known. */
export interface PeriodicSeries {
  readonly values: Float64Array;
  /** Told to the finder in some of them only. */
  readonly stepMs: number | undefined;
  /** The seasonal periods in steps, ascending; none for noise. */
  readonly truth: readonly number[];
  /** What it was made of, one word a family: `shape`, `noise`, `damage` and so on. */
  readonly families: Readonly<Record<string, string>>;
}

const HOUR_MS = 3_600_000;
const TURN = 2 * Math.PI;
const NOISE_LEVELS = [0, 0.25, 0.5, 1, 2] as const;
/** Full cycles of the longest period. */
const CYCLES = [3, 4, 6, 10, 14, 30] as const;
const NOISE_PHI = 0.8;

/** The step that makes a period a day, or else a week. */
const STEPS_MS: Readonly<Record<number, number>> = {
  24: HOUR_MS,
  144: HOUR_MS / 6,
  168: HOUR_MS,
  288: HOUR_MS / 12,
  1440: HOUR_MS / 60,
  2016: HOUR_MS / 12,
};
const PAIRS = [
  { short: 24, long: 168, stepMs: HOUR_MS },
  { short: 144, long: 1008, stepMs: HOUR_MS / 6 },
  { short: 288, long: 2016, stepMs: HOUR_MS / 12 },
  { short: 60, long: 1440, stepMs: HOUR_MS / 60 },
] as const;

/** The value of a season at a phase of 0 to below 1; `steps` is the number of steps in a cycle. */
type Shape = (phase: number, steps: number) => number;

const SHAPES: Readonly<Record<string, Shape>> = {
  sine: (phase) => Math.sin(TURN * phase),
  office: (phase) => (phase >= 0.33 && phase < 0.71 ? 1 : 0),
  spike: (phase, steps) => (phase < Math.max(1.5, 0.02 * steps) / steps ? 1 : 0),
  saw: (phase) => (phase < 0.8 ? phase / 0.8 : (1 - phase) / 0.2),
  peaks: (phase) => Math.exp(-(((phase - 0.4) / 0.06) ** 2)) + 0.6 * Math.exp(-(((phase - 0.8) / 0.06) ** 2)),
};
/** How the longer period of a pair shows. */
const WEEKS: Readonly<Record<string, (day: number, week: number) => number>> = {
  weekend: (day, week) => (week < 5 / 7 ? day : 0.3 * day),
  added: (day, week) => day + 0.8 * Math.sin(TURN * week),
  office: (day, week) => (week < 5 / 7 ? day + 1 : 0.1),
};
const NOISES = ['white', 'ar', 'heavy'] as const;
const DAMAGES = [
  'none',
  'trend',
  'shift',
  'outliers',
  'missing 5 %',
  'missing 20 %',
  'outage',
  'ramp',
  'clipped',
  'modulated',
] as const;
const NOTHINGS: Readonly<Record<string, (n: number, random: Random) => Float64Array>> = {
  white: (n, random) => autoregressive(n, 0, random),
  'ar 0.5': (n, random) => autoregressive(n, 0.5, random),
  'ar 0.9': (n, random) => autoregressive(n, 0.9, random),
  'ar 0.99': (n, random) => autoregressive(n, 0.99, random),
  walk: (n, random) => autoregressive(n, 1, random),
  trend: (n, random) => autoregressive(n, 0.3, random).map((value, i) => value + (20 * i) / n),
  steps: (n, random) => add(scaleOf(randomLevels(n, 0.01, random), 3), autoregressive(n, 0, random)),
  bursts: (n, random) => add(scaleOf(bursts(n, random), 5), autoregressive(n, 0, random)),
  telegraph: (n, random) => telegraph(n, random),
  heavy: (n, random) => Float64Array.from({ length: n }, () => heavyTailed(random)),
};

/** `count` series at each period and pair of periods; every family that a series is of is drawn anew. */
export function createPeriodicSeries(count: number, seed: number): PeriodicSeries[] {
  const random = createRandom(seed);
  const each = Array.from({ length: count });
  const single = Object.keys(STEPS_MS).flatMap((period) => each.map(() => oneSeason(Number(period), random)));
  return [...single, ...PAIRS.flatMap((pair) => each.map(() => paired(pair, random)))];
}

/** `count` series of each kind that has no season. */
export function createAperiodicSeries(count: number, seed: number): PeriodicSeries[] {
  const random = createRandom(seed);
  return Object.entries(NOTHINGS).flatMap(([kind, create]) =>
    Array.from({ length: count }, () => {
      const n = Math.round(200 * 50 ** random.uniform());
      const stepMs = pick([undefined, HOUR_MS, HOUR_MS / 12], random);
      return { values: create(n, random), stepMs, truth: [], families: { kind, told: told(stepMs) } };
    }),
  );
}

function oneSeason(period: number, random: Random): PeriodicSeries {
  const shape = pick(Object.keys(SHAPES), random);
  const n = period * pick(CYCLES, random);
  const start = Math.floor(random.uniform() * period);
  const clean = Float64Array.from(
    { length: n },
    (_, i) => SHAPES[shape]?.(((i + start) % period) / period, period) ?? 0,
  );
  return disturb({ clean, shape, truth: [period], stepMs: STEPS_MS[period] }, random);
}

function paired({ short, long, stepMs }: (typeof PAIRS)[number], random: Random): PeriodicSeries {
  const shape = pick(['sine', 'office', 'spike', 'saw'], random);
  const week = pick(Object.keys(WEEKS), random);
  const n = long * pick(CYCLES.slice(0, 5), random);
  const start = Math.floor(random.uniform() * long);
  const clean = Float64Array.from({ length: n }, (_, i) => {
    const step = i + start;
    const day = SHAPES[shape]?.((step % short) / short, short) ?? 0;
    return WEEKS[week]?.(day, (step % long) / long) ?? day;
  });
  return disturb({ clean, shape: `${shape}, week ${week}`, truth: [short, long], stepMs }, random);
}

interface Plan {
  readonly clean: Float64Array;
  readonly shape: string;
  readonly truth: readonly number[];
  readonly stepMs: number | undefined;
}

function disturb({ clean, shape, truth, stepMs }: Plan, random: Random): PeriodicSeries {
  const level = pick(NOISE_LEVELS, random);
  const noise = level === 0 ? 'none' : pick(NOISES, random);
  const damage = pick(DAMAGES, random);
  const isTold = random.uniform() < 0.5;
  const season = scaleOf(clean, 1);
  const noisy = add(
    modulate(season, damage === 'modulated', random),
    scaleOf(createNoise(clean.length, noise, random), level),
  );
  return {
    values: applyDamage(noisy, damage, random),
    stepMs: isTold ? stepMs : undefined,
    truth,
    families: {
      period: truth.join('+'),
      shape,
      noise: `${noise} ${level}`,
      damage,
      cycles: String(Math.round(clean.length / (truth.at(-1) ?? 1))),
      told: told(isTold ? stepMs : undefined),
    },
  };
}

function told(stepMs: number | undefined): string {
  return stepMs === undefined ? 'no' : 'yes';
}

function createNoise(n: number, kind: string, random: Random): Float64Array {
  if (kind === 'ar') return autoregressive(n, NOISE_PHI, random);
  if (kind === 'heavy') return Float64Array.from({ length: n }, () => heavyTailed(random));
  return autoregressive(n, 0, random);
}

/** A season whose height wanders, mostly between half and twice the usual, some eight times in the series. */
function modulate(season: Float64Array, wanted: boolean, random: Random): Float64Array {
  if (!wanted) return season;
  const knots = autoregressive(10, 0.3, random).map((height) => Math.exp(0.4 * height));
  return season.map((value, i) => {
    const position = (8 * i) / season.length;
    const [left = 1, right = 1] = knots.subarray(Math.floor(position));
    return value * (left + (right - left) * (position % 1));
  });
}

/** `values`: of about unit variance. */
function applyDamage(values: Float64Array, damage: string, random: Random): Float64Array {
  const n = values.length;
  switch (damage) {
    case 'trend':
      return values.map((value, i) => value + (10 * i) / n);
    case 'shift':
      return add(values, scaleOf(randomLevels(n, 3 / n, random), 4));
    case 'outliers':
      return values.map((value) => (random.uniform() < 0.01 ? value + 20 * random.normal() : value));
    case 'missing 5 %':
      return values.map((value) => (random.uniform() < 0.05 ? Number.NaN : value));
    case 'missing 20 %':
      return values.map((value) => (random.uniform() < 0.2 ? Number.NaN : value));
    case 'outage':
      return loseBlocks(values, random);
    case 'ramp':
      return add(values, ramps(n, random));
    case 'clipped':
      return clip(values, 0.15, 0.85);
    default:
      return values;
  }
}

function loseBlocks(values: Float64Array, random: Random): Float64Array {
  const kept = values.slice();
  for (const share of [0.1, 0.05, 0.03]) {
    const start = Math.floor(random.uniform() * (1 - share) * values.length);
    kept.fill(Number.NaN, start, start + Math.ceil(share * values.length));
  }
  return kept;
}

/** A rise of five standard deviations that starts anew a few times, as a leak does with each restart. */
function ramps(n: number, random: Random): Float64Array {
  let height = 0;
  return Float64Array.from({ length: n }, () => {
    height = random.uniform() < 4 / n ? 0 : height + 20 / n;
    return height;
  });
}

function clip(values: Float64Array, low: number, high: number): Float64Array {
  const sorted = values.toSorted();
  const floor = sorted[Math.floor(low * values.length)] ?? 0;
  const ceiling = sorted[Math.floor(high * values.length)] ?? 0;
  return floor < ceiling ? values.map((value) => Math.min(ceiling, Math.max(floor, value))) : values;
}

function autoregressive(n: number, phi: number, random: Random): Float64Array {
  let level = 0;
  return Float64Array.from({ length: n }, () => {
    level = phi * level + random.normal();
    return level;
  });
}

/** Student's t with three degrees of freedom. */
function heavyTailed(random: Random): number {
  const squares = random.normal() ** 2 + random.normal() ** 2 + random.normal() ** 2;
  return random.normal() / Math.sqrt(squares / 3);
}

function randomLevels(n: number, chance: number, random: Random): Float64Array {
  let level = random.normal();
  return Float64Array.from({ length: n }, () => {
    if (random.uniform() < chance) level = random.normal();
    return level;
  });
}

function bursts(n: number, random: Random): Float64Array {
  let left = 0;
  return Float64Array.from({ length: n }, () => {
    if (left === 0 && random.uniform() < 0.01) left = 1 + Math.floor(20 * random.uniform());
    left = Math.max(0, left - 1);
    return left > 0 ? 1 : 0;
  });
}

function telegraph(n: number, random: Random): Float64Array {
  let high = 0;
  return Float64Array.from({ length: n }, () => {
    if (random.uniform() < 0.03) high = 1 - high;
    return high;
  });
}

function add(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value + (b[i] ?? 0));
}

/** Scaled to a standard deviation of `deviation`; a constant stays as it is. */
function scaleOf(values: Float64Array, deviation: number): Float64Array {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return variance > 0 ? values.map((value) => (value * deviation) / Math.sqrt(variance)) : values;
}

function pick<T>(choices: readonly [T, ...T[]] | readonly T[], random: Random): T {
  const choice = choices[Math.floor(random.uniform() * choices.length)];
  if (choice === undefined && choices.length === 0) throw new Error('nothing to pick from');
  return choice as T;
}
