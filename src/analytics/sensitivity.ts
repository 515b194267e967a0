/** Robust standard deviations that are odd at sensitivity 0 and at 1; the geometric mean, 4.9, in the middle. */
const DEVIATION_AT_LEAST_SENSITIVE = 8;
const DEVIATION_AT_MOST_SENSITIVE = 3;

/** Robust standard deviations from which on a step is odd. `sensitivity`: 0..1, 1/2 when left out. */
export function oddDeviation(sensitivity = 0.5): number {
  return DEVIATION_AT_LEAST_SENSITIVE * (DEVIATION_AT_MOST_SENSITIVE / DEVIATION_AT_LEAST_SENSITIVE) ** sensitivity;
}
