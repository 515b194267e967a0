import type { BitReader } from './bit-reader.ts';
import { type BitWriter, bitWidth } from './bit-writer.ts';
import { corrupt } from './corrupt.ts';
import { readRice, writeRice } from './rice-blocks.ts';
import { Scratch } from './scratch.ts';

/** Whole numbers of a smaller size than this can be written: so no difference of differences passes 2^52. */
export const integerLimit = 2 ** 50;

const residuals = new Scratch();
const trials = new Scratch();
const sortSample = new Float64Array(31);

/**
 * Writes the first `n` (1 or more) of `integers`, each of |x| < {@link integerLimit}, and changes them: the first one,
 * the greatest common divisor of the distances to it (bytes come in pages, times in seconds; 0: all are the same), then
 * the Rice codes of what remains after the cheapest prediction: order 0 (the first), 1 (the one before) or 2 (the line
 * through the two before), each plus a bias.
 */
export function writeIntegers(writer: BitWriter, integers: Float64Array, n: number): void {
  const base = integers[0] ?? 0;
  const divisor = distanceDivisor(integers, n, base);
  writer.writeSigned(base);
  writer.writeNumber(divisor);
  if (divisor === 0) return;
  for (let i = 0; i < n; i++) integers[i] = ((integers[i] ?? 0) - base) / divisor;
  const { order, bias } = cheapestPrediction(integers, n);
  writer.reserve(1);
  writer.write(order, 2);
  writer.writeSigned(bias);
  const rest = residuals.take(n);
  takeDifferences(integers, rest, n, order);
  for (let i = 0; i < n - 1; i++) rest[i] = (rest[i] ?? 0) - bias;
  writeRice(writer, rest, n - 1);
}

/** Reads `n` integers into `out` from position `at` on. @throws `storage_corrupt` */
export function readIntegers(reader: BitReader, out: Float64Array, at: number, n: number): void {
  const base = reader.readSigned();
  const divisor = reader.readNumber();
  out[at] = base;
  if (divisor === 0) {
    out.fill(base, at, at + n);
    return;
  }
  const order = reader.read(2);
  const bias = reader.readSigned();
  readRice(reader, out, at + 1, n - 1);
  if (order === 0) addLevel(out, at + 1, at + n, base, divisor, bias);
  else if (order === 1) addSteps(out, at + 1, at + n, base, divisor, bias);
  else if (order === 2) addSlopes(out, at + 1, at + n, base, divisor, bias);
  else throw corrupt(`a prediction of order ${order}, where 0 to 2 are known`);
}

function addLevel(out: Float64Array, from: number, to: number, base: number, divisor: number, bias: number): void {
  for (let i = from; i < to; i++) out[i] = base + ((out[i] ?? 0) + bias) * divisor;
}

function addSteps(out: Float64Array, from: number, to: number, base: number, divisor: number, bias: number): void {
  let value = 0;
  for (let i = from; i < to; i++) {
    value += (out[i] ?? 0) + bias;
    out[i] = base + value * divisor;
  }
}

function addSlopes(out: Float64Array, from: number, to: number, base: number, divisor: number, bias: number): void {
  let value = 0;
  let step = 0;
  for (let i = from; i < to; i++) {
    step += (out[i] ?? 0) + bias;
    value += step;
    out[i] = base + value * divisor;
  }
}

/** A quotient of numbers below 2^52 is whole in floating point only when it is whole: cheaper than the remainder. */
function distanceDivisor(integers: Float64Array, n: number, base: number): number {
  let divisor = 0;
  for (let i = 1; i < n; i++) {
    const distance = Math.abs((integers[i] ?? 0) - base);
    if (distance === 0) continue;
    const quotient = distance / divisor;
    if (quotient === Math.floor(quotient) && divisor !== 0) continue;
    divisor = commonDivisor(distance, divisor);
    if (divisor === 1) break;
  }
  return divisor;
}

function commonDivisor(a: number, b: number): number {
  let [large, small] = [a, b];
  while (small !== 0) [large, small] = [small, large % small];
  return large;
}

interface Prediction {
  readonly order: 0 | 1 | 2;
  readonly bias: number;
}

function cheapestPrediction(integers: Float64Array, n: number): Prediction {
  const differences = trials.take(n);
  let best: Prediction = { order: 0, bias: 0 };
  let bestCost = Number.POSITIVE_INFINITY;
  for (const order of [0, 1, 2] as const) {
    takeDifferences(integers, differences, n, order);
    const biases = order === 2 ? [0] : [trimmedMean(differences, n - 1), sampledMedian(differences, n - 1)];
    for (const bias of biases) {
      const cost = widthsAround(differences, n - 1, bias);
      if (cost >= bestCost) continue;
      best = { order, bias };
      bestCost = cost;
    }
  }
  return best;
}

/** What remains of `integers[1..n-1]`, of which the first is 0, after a prediction without bias. */
function takeDifferences(integers: Float64Array, into: Float64Array, n: number, order: 0 | 1 | 2): void {
  let previous = 0;
  let step = 0;
  for (let i = 1; i < n; i++) {
    const value = integers[i] ?? 0;
    const nextStep = value - previous;
    into[i - 1] = order === 0 ? value : order === 1 ? nextStep : nextStep - step;
    previous = value;
    step = nextStep;
  }
}

/** About the bits that Rice codes take, whatever the outliers, but for a constant a number. */
function widthsAround(numbers: Float64Array, n: number, bias: number): number {
  let bits = 0;
  for (let i = 0; i < n; i++) bits += bitWidth(Math.abs((numbers[i] ?? 0) - bias));
  return bits;
}

/** The mean of what lies near the mean: one reset of a counter does not move it. */
function trimmedMean(numbers: Float64Array, n: number): number {
  const mean = sumWithin(numbers, n, 0, Number.POSITIVE_INFINITY).sum / n;
  let deviation = 0;
  for (let i = 0; i < n; i++) deviation += Math.abs((numbers[i] ?? 0) - mean);
  const { sum, count } = sumWithin(numbers, n, mean, (3 * deviation) / n);
  return Math.round(count === 0 ? mean : sum / count);
}

function sumWithin(numbers: Float64Array, n: number, center: number, reach: number): { sum: number; count: number } {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < n; i++) {
    const number = numbers[i] ?? 0;
    if (Math.abs(number - center) > reach) continue;
    sum += number;
    count++;
  }
  return { sum, count };
}

/** The median of up to 31 of `numbers`, evenly spaced. */
function sampledMedian(numbers: Float64Array, n: number): number {
  const count = Math.min(n, sortSample.length);
  for (let i = 0; i < count; i++) sortSample[i] = numbers[Math.floor((i * n) / count)] ?? 0;
  return sortSample.subarray(0, count).sort()[count >> 1] ?? 0;
}
