import { at } from './at.ts';

/** Index and value of the last finite value; index -1 and value 0 when there is none. */
export function lastFinite(values: Float64Array): { index: number; value: number } {
  for (let index = values.length - 1; index >= 0; index--) {
    const value = at(values, index);
    if (Number.isFinite(value)) return { index, value };
  }
  return { index: -1, value: 0 };
}

/** Index and value of the first finite value; index -1 and value 0 when there is none. */
export function firstFinite(values: Float64Array): { index: number; value: number } {
  for (let index = 0; index < values.length; index++) {
    const value = at(values, index);
    if (Number.isFinite(value)) return { index, value };
  }
  return { index: -1, value: 0 };
}
