import { at } from '../at.ts';
import type { Forecaster } from '../forecaster.ts';
import { addRow, emptyEquations, type NormalEquations, solveRidge } from '../solve-ridge.ts';

const PENALTY = 0.01;
/** Cycles of the shorter period that the features look back over. */
const SHAPE_CYCLES = 3;
const SIZE = 9;
/** What the coefficients are drawn to: mostly the last cycles as they were, on the present level. */
const PRIOR_ONE = [0.6, 0, 0, 0, 0, 0, 0, 0, 0];
const PRIOR_TWO = [0.3, 0, 0, 0.5, 0, 0, 0, 0, 0];

/** The cycles that a shape repeats in, in steps; without a longer one `long` is 0. */
export interface Cycles {
  readonly short: number;
  readonly long: number;
}

/**
 * A level by a shape: the value at a step is the mean of the last cycle plus a weighted sum of how far the values at the
 * same phase of earlier short and long cycles were from it, of how fast the level moves, and of the last surprise, which
 * fades. The weights are those of ridge regression over all earlier origins of the same series, one set for each block of
 * steps (the first cycle, the second, the next two, ...), so each horizon is predicted directly and not step by step.
 *
 * A local, regularized relative of LEAR (Lago et al., "Forecasting day-ahead electricity prices", 2021). `maxRows` bounds
 * the rows that a block is fitted on.
 */
export function shapeRidge(cycles: Cycles, maxRows: number): Forecaster {
  const { short, long } = cycles;
  return {
    name: long > 0 ? `shape-ridge(${short},${long})` : `shape-ridge(${short})`,
    minPoints: long > 0 ? Math.ceil(2.25 * long) : 6 * short,
    fit(history) {
      return {
        predict(horizon) {
          const problem = createProblem(history, cycles);
          const mean = new Float64Array(horizon);
          for (const [from, to] of horizonBlocks(short, horizon)) {
            const weights = fitBlock(problem, from, to, maxRows);
            for (let step = from; step < to; step++) mean[step] = problem.predict(history.length, step, weights);
          }
          return mean;
        },
      };
    },
  };
}

/** First and end step of each block: one cycle, another, and then twice as many each time. */
function horizonBlocks(cycle: number, horizon: number): [number, number][] {
  const blocks: [number, number][] = [];
  for (let from = 0, length = cycle; from < horizon; from += length) {
    if (blocks.length >= 2) length *= 2;
    blocks.push([from, Math.min(horizon, from + length)]);
  }
  return blocks;
}

interface Problem {
  readonly history: Float64Array;
  readonly cycles: Cycles;
  readonly features: Float64Array;
  /** Fills `features` for the step `step` after `origin`; the values that it needs must exist. */
  describe(origin: number, step: number): void;
  level(origin: number): number;
  predict(origin: number, step: number, weights: Float64Array): number;
}

function createProblem(history: Float64Array, cycles: Cycles): Problem {
  const { short, long } = cycles;
  const sums = new Float64Array(history.length + 1);
  for (let i = 0; i < history.length; i++) sums[i + 1] = at(sums, i) + at(history, i);
  const meanBetween = (from: number, to: number) =>
    (at(sums, to) - at(sums, Math.max(0, from))) / (to - Math.max(0, from));
  const level = (origin: number) => meanBetween(origin - short, origin);
  const features = new Float64Array(SIZE);
  const weekly = long > 0 ? long : 7 * short;

  function describe(origin: number, step: number): void {
    const target = origin + step;
    const base = level(origin);
    const same = target - Math.ceil((step + 1) / short) * short;
    const fade = Math.exp((-4 * (step + 1)) / short);
    const before = at(history, same - short);
    const last = at(history, origin - 1);
    features[0] = at(history, same) - base;
    features[1] = before - base;
    features[2] = (before + at(history, same - 2 * short) + at(history, same - 3 * short)) / SHAPE_CYCLES - base;
    if (long > 0) {
      const sameLong = target - Math.ceil((step + 1) / long) * long;
      features[3] = at(history, sameLong) - base;
      features[4] = at(history, sameLong >= long ? sameLong - long : sameLong) - base;
    }
    features[5] = meanBetween(origin - weekly, origin) - base;
    features[6] = (last - at(history, origin - 1 - short)) * fade;
    features[7] = (last - (long > 0 ? at(history, origin - 1 - long) : base)) * fade;
    features[8] = base - meanBetween(origin - 2 * short, origin - short);
  }

  return {
    history,
    cycles,
    features,
    describe,
    level,
    predict(origin, step, weights) {
      describe(origin, step);
      return features.reduce((sum, feature, i) => sum + feature * at(weights, i), level(origin));
    },
  };
}

function fitBlock(problem: Problem, from: number, to: number, maxRows: number): Float64Array {
  const { history, cycles, features } = problem;
  const equations: NormalEquations = emptyEquations(SIZE);
  const firstOrigin = firstDescribable(cycles, to);
  const origins = history.length - firstOrigin;
  const stride = Math.max(1, Math.floor((origins * (to - from)) / maxRows));
  for (let step = from; step < to; step++) {
    // Every stride-th row, from another origin for each step, so that all phases of all steps are among them.
    for (let origin = firstOrigin + ((step * 7) % stride); origin + step < history.length; origin += stride) {
      problem.describe(origin, step);
      addRow(equations, features, at(history, origin + step) - problem.level(origin));
    }
  }
  return solveRidge(equations, PENALTY, cycles.long > 0 ? PRIOR_TWO : PRIOR_ONE);
}

/** The first origin from which all that a block's features look back at is there. */
function firstDescribable({ short, long }: Cycles, to: number): number {
  const reach = (cycle: number) => Math.ceil(to / cycle) * cycle;
  const ofShort = (SHAPE_CYCLES + 1) * short + Math.max(0, reach(short) - to);
  return Math.max(ofShort, long > 0 ? long + 1 + Math.max(0, reach(long) - to) : 0, short + 1);
}
