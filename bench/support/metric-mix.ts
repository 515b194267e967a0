/** What a machine's series look like, ten in a row: 40 % percentages, 30 % bytes, 10 % each of the others. */
const pattern = [
  'percent walk',
  'percent noise',
  'memory',
  'counter',
  'percent walk',
  'percent noise',
  'memory',
  'constant',
  'double',
  'memory',
] as const;
export type MetricKind = (typeof pattern)[number];

const ticksPerDay = 5760;
const pageBytes = 4096;
const [lowPages, highPages] = [2 ** 20, 3 * 2 ** 20];

export interface MetricMix {
  /** What each series is, in the order of the values. */
  readonly kinds: readonly MetricKind[];
  /** The values of the next tick of 15 s. The array is used again: what is kept must be copied. */
  next(): Float64Array;
}

/**
 * A deterministic stream of samples: percentages with two decimals (walks of sigma 1 within 0..100; noise of sigma 5
 * around a daily level), memory in pages (a walk of sigma 200 pages around 8 GiB), counters (1e5 a tick, sigma 2e4),
 * constants, and doubles of all digits (level 50, sigma 5). It looks the same after 100,000 ticks as at the start.
 */
export function createMetricMix({ series, seed }: { series: number; seed: number }): MetricMix {
  const kinds = Array.from({ length: series }, (_, i) => pattern[i % pattern.length] ?? 'constant');
  const gaussian = createGaussian(seed);
  const states = Float64Array.from(kinds, (kind) => firstState(kind, gaussian()));
  const values = new Float64Array(series);
  let tick = 0;
  return {
    kinds,
    next() {
      const dayAngle = (2 * Math.PI * tick++) / ticksPerDay;
      for (let i = 0; i < series; i++) {
        const state = nextState(kinds[i], states[i] ?? 0, gaussian);
        states[i] = state;
        values[i] = valueAt(kinds[i], state, dayAngle, gaussian);
      }
      return values;
    },
  };
}

/** Hundredths, pages, counts, the phase of a day, or the value. */
function firstState(kind: MetricKind, random: number): number {
  switch (kind) {
    case 'percent walk':
      return clamp(Math.round(5000 + 1500 * random), 0, 10_000);
    case 'memory':
      return Math.round(2 ** 21 + 2 ** 17 * random);
    case 'counter':
      return Math.round(Math.abs(random) * 1e9);
    default:
      return random;
  }
}

function nextState(kind: MetricKind | undefined, state: number, gaussian: () => number): number {
  switch (kind) {
    case 'percent walk':
      return clamp(Math.round(state + 100 * gaussian()), 0, 10_000);
    case 'memory':
      return clamp(Math.round(state + 200 * gaussian()), lowPages, highPages);
    case 'counter':
      return state + Math.max(0, Math.round(1e5 + 2e4 * gaussian()));
    default:
      return state;
  }
}

function valueAt(kind: MetricKind | undefined, state: number, dayAngle: number, gaussian: () => number): number {
  switch (kind) {
    case 'percent walk':
      return state / 100;
    case 'percent noise':
      return clamp(Math.round(5000 + 2500 * Math.sin(dayAngle + 10 * state) + 500 * gaussian()), 0, 10_000) / 100;
    case 'memory':
      return state * pageBytes;
    case 'double':
      return 50 + 5 * gaussian();
    default:
      return state;
  }
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

/** The polar method (Marsaglia and Bray, SIAM Review 6, 1964) over {@link createUniform}. */
function createGaussian(seed: number): () => number {
  const uniform = createUniform(seed);
  let spare = 0;
  let hasSpare = false;
  return () => {
    if (hasSpare) {
      hasSpare = false;
      return spare;
    }
    let [x, y, square] = [0, 0, 0];
    do {
      x = 2 * uniform() - 1;
      y = 2 * uniform() - 1;
      square = x * x + y * y;
    } while (square >= 1 || square === 0);
    const factor = Math.sqrt((-2 * Math.log(square)) / square);
    spare = y * factor;
    hasSpare = true;
    return x * factor;
  };
}

/** Numbers in [0, 1) of 32 bits: SplitMix32 in the form of Steele, Lea and Flood (OOPSLA 2014). */
function createUniform(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 0x100000000;
  };
}
