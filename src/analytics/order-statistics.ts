import { at } from './at.ts';

/** The finite values in ascending order, as a new array. */
export function sortedFinite(values: Float64Array): Float64Array {
  return values.filter(Number.isFinite).sort();
}

/** Up to so many values are sorted by insertion: a typed array's own sort has a cost before it begins. */
const FEW = 24;

/** The median of the finite values; NaN when there are none. */
export function median(values: Float64Array): number {
  if (values.length > FEW) return selectMedian(values.filter(Number.isFinite));
  const sorted = new Float64Array(values.length);
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    const value = at(values, i);
    if (!Number.isFinite(value)) continue;
    let j = count++;
    for (; j > 0 && at(sorted, j - 1) > value; j--) sorted[j] = at(sorted, j - 1);
    sorted[j] = value;
  }
  return (at(sorted, (count - 1) >> 1) + at(sorted, count >> 1)) / 2;
}

/** The same of three values, in less time when all are finite. */
export function medianOfThree(values: Float64Array): number {
  const middle = middleOf(at(values, 0), at(values, 1), at(values, 2));
  return Number.isNaN(middle) ? median(values) : middle;
}

/** The same of four values, all finite. */
export function medianOfFour(values: Float64Array): number {
  const [a, b, c, d] = [at(values, 0), at(values, 1), at(values, 2), at(values, 3)];
  return (Math.max(Math.min(a, b), Math.min(c, d)) + Math.min(Math.max(a, b), Math.max(c, d))) / 2;
}

/** By quickselect (Hoare 1961), which reorders the values; linear where sorting is not. */
function selectMedian(values: Float64Array): number {
  const middle = values.length >> 1;
  if (values.length === 0) return Number.NaN;
  moveToPlace(values, middle);
  const upper = at(values, middle);
  if (values.length % 2 === 1) return upper;
  let lower = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < middle; i++) lower = Math.max(lower, at(values, i));
  return (lower + upper) / 2;
}

/** Puts the value of the given rank in its place, smaller ones before it and larger ones after it. */
function moveToPlace(values: Float64Array, rank: number): void {
  let left = 0;
  let right = values.length - 1;
  while (left < right) {
    const pivot = middleOf(at(values, left), at(values, (left + right) >> 1), at(values, right));
    let i = left;
    let j = right;
    while (i <= j) {
      while (at(values, i) < pivot) i++;
      while (at(values, j) > pivot) j--;
      if (i > j) break;
      const kept = at(values, i);
      values[i++] = at(values, j);
      values[j--] = kept;
    }
    if (rank <= j) right = j;
    else if (rank >= i) left = i;
    else return;
  }
}

function middleOf(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
