import { count, type Expectation, follow, residualOf } from './expectation.ts';
import { C, CRUMB, D, F, HOURS, type Slot } from './layout.ts';
import { type Learning, learn, SKETCH_WIDTH, surprise, tailQuantile } from './quantile-sketch.ts';

/** Values over which the smooth channels and the volatility are taken. */
const SMOOTH_VALUES = 48;
const VOLATILITY_VALUES = 12;
/** After a gap the smooth channels say nothing for as many values: a mean of few is no smooth one. */
const SETTLING_VALUES = 24;
/** and as many pass before a level is known, from which a value may deviate. */
const LEVEL_VALUES = 16;
/** Equal values from which on a run may be odd. */
const MIN_RUN = 4;
/** What each channel weighs: value, smooth value, residual, smooth residual, log volatility, log run of equal values. */
const WEIGHTS = [0.5, 1, 1, 1, 0.5, 0.5] as const;
const SMOOTH = 1;
const RESIDUAL = 2;
const SMOOTH_RESIDUAL = 3;
const RUN = 5;
/** Weight at which a sketch forgets half: a share of the values seen, up to so many, or to so many days' of them. */
const KEPT_SHARE = 0.75;
const MEMORY_VALUES = 40_000;
const MEMORY_MS = 14 * 86_400_000;
const MIN_MEMORY = 200;
/** Values over which an hour's, and the overall, relative error is taken, and what it counts at most. */
const HOUR_VALUES = 200;
const OVERALL_VALUES = 5000;
const MAX_RELATIVE_ERROR = 20;
const MIN_IN_HOUR = 6;

const HOUR_MS = 3_600_000;
const HASH_STEP = 37;

/** What the channels say of a value. */
export interface Evidence {
  /** The sum of their surprises, in nats, weighted. */
  total: number;
  /** Whether the value lies above what was expected, by the season if not by the moment. */
  isAbove: boolean;
  /** How wide this hour's errors are against those of all hours. */
  hourly: number;
}

/**
 * How surprising a value is, as the sum over channels of -ln of each one's tail probability, and what the sketches learn
 * from it. A channel is a view of the metric: its value, its smooth course, how far it and the smooth course are from
 * what was expected, how it varies, how long it has stood still.
 */
export function weigh(
  slot: Slot,
  value: number,
  localMs: number,
  e: Expectation,
  learning: Learning,
  out: Evidence,
): void {
  const { d, f, dAt, fAt } = slot;
  const recent = (d[dAt + D.sinceGap] ?? 0) + 1;
  const residual = residualOf(slot, value, e);
  const smoothing = 1 / Math.min(recent, SMOOTH_VALUES);
  follow(d, dAt + D.smooth, value, smoothing);
  follow(d, dAt + D.smoothResidual, value - e.season, smoothing);
  follow(d, dAt + D.volatility, Math.abs(residual), 1 / Math.min(learning.seen + 1, VOLATILITY_VALUES));
  const isSame = recent > 1 && value === d[dAt + D.previous];
  const run = isSame ? (d[dAt + D.run] ?? 0) + 1 : 0;
  d[dAt + D.run] = run;
  const hourly = hourlyError(slot, residual, localMs, e.error, learning.seen);
  const isSettled = recent >= SETTLING_VALUES;
  let total = 0;
  const channel = (index: number, u: number, counts: boolean): void => {
    const at = fAt + F.sketches + index * SKETCH_WIDTH;
    if (counts) total += (WEIGHTS[index] ?? 0) * surprise(f, at, u, learning.seen);
    learn(f, at, u, learning);
    learning.phase += HASH_STEP;
  };
  channel(0, value, true);
  channel(SMOOTH, d[dAt + D.smooth] ?? 0, isSettled);
  channel(RESIDUAL, residual / hourly, recent > LEVEL_VALUES);
  channel(SMOOTH_RESIDUAL, d[dAt + D.smoothResidual] ?? 0, isSettled);
  channel(4, Math.log((d[dAt + D.volatility] ?? 0) + CRUMB), true);
  channel(RUN, Math.log1p(run), run >= MIN_RUN);
  out.total = total;
  out.isAbove = residual + value - e.season > 0;
  out.hourly = hourly;
}

/** How wide the errors of this hour of the day are against those of all hours; learns from this one. */
function hourlyError(
  { d, f, c, dAt, fAt, cAt }: Slot,
  residual: number,
  localMs: number,
  error: number,
  seen: number,
): number {
  const hour = ((Math.floor(localMs / HOUR_MS) % HOURS) + HOURS) % HOURS;
  const at = fAt + F.hourError + hour;
  const own = f[at] ?? 0;
  const overall = d[dAt + D.relativeError] ?? 0;
  const inHour = count(c, cAt + C.hour + hour);
  const ratio = inHour > MIN_IN_HOUR && overall > 0 ? Math.max(0.1, Math.min(10, own / overall)) : 1;
  const relative = error > 0 ? Math.min(MAX_RELATIVE_ERROR, Math.abs(residual) / error) : 0;
  f[at] = own + (relative - own) / Math.min(inHour, HOUR_VALUES);
  follow(d, dAt + D.relativeError, relative, 1 / Math.min(seen + 1, OVERALL_VALUES));
  return ratio;
}

/** The deviation from what is expected that lies beyond a share `probability` of all, on one side. */
export function usualResidual({ f, fAt }: Slot, probability: number, side: 1 | -1, hourly: number): number {
  return hourly * tailQuantile(f, fAt + F.sketches + RESIDUAL * SKETCH_WIDTH, probability, side);
}

/** How long sketches remember, in values. */
export function memoryOf(seen: number, stepMs: number): number {
  return Math.min(Math.max(MIN_MEMORY, KEPT_SHARE * seen), Math.max(MEMORY_VALUES, MEMORY_MS / stepMs));
}
