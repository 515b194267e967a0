/** A labelled series: windows as first and last index, both inclusive, ascending. */
export interface Labelled {
  readonly length: number;
  readonly windows: readonly (readonly [first: number, last: number])[];
}

/** What a detection is worth: of a true positive, a missed window, a false positive. */
export interface Profile {
  readonly truePositive: number;
  readonly missed: number;
  readonly falsePositive: number;
}

export const STANDARD: Profile = { truePositive: 1, missed: 1, falsePositive: 0.11 };

/** Points at the start of a file that a detector may learn from: they are not scored. */
function probation(length: number): number {
  return Math.min(Math.floor(0.15 * length), 750);
}

/**
 * The score of a corpus on the scale where no detection at all is 0 and perfect detection 100, with one threshold for
 * all files: the best one, or the given one. `scores`: of each file, a score a point.
 *
 * Lavin and Ahmad, "Evaluating Real-time Anomaly Detection Algorithms: the Numenta Anomaly Benchmark" (2015).
 */
export function scoreCorpus(
  files: readonly Labelled[],
  scores: readonly Float64Array[],
  profile: Profile,
  threshold?: number,
): { readonly score: number; readonly threshold: number } {
  const windows = files.reduce((sum, file) => sum + file.windows.length, 0);
  const points = files.flatMap((file, f) => worthOfPoints(file, f, scores[f] ?? new Float64Array(), profile));
  points.sort((a, b) => b.score - a.score);
  const best = new Map<string, number>();
  let raw = -profile.missed * windows;
  let top = { raw, threshold: Number.POSITIVE_INFINITY };
  for (let i = 0; i < points.length; i++) {
    const point = points[i];
    if (point === undefined || (threshold !== undefined && point.score < threshold)) break;
    if (point.window === null) raw += point.worth;
    else {
      const before = best.get(point.window) ?? -profile.missed;
      if (point.worth > before) {
        raw += point.worth - before;
        best.set(point.window, point.worth);
      }
    }
    const isLast = points[i + 1]?.score !== point.score;
    if (isLast && (threshold !== undefined || raw > top.raw)) top = { raw, threshold: threshold ?? point.score };
  }
  const none = -profile.missed * windows;
  return { score: (100 * (top.raw - none)) / (profile.truePositive * windows - none), threshold: top.threshold };
}

interface Point {
  readonly score: number;
  readonly worth: number;
  readonly window: string | null;
}

function worthOfPoints({ length, windows }: Labelled, file: number, scores: Float64Array, profile: Profile): Point[] {
  const points: Point[] = [];
  let next = 0;
  for (let i = 0; i < length; i++) {
    while ((windows[next]?.[1] ?? Number.POSITIVE_INFINITY) < i) next++;
    if (i < probation(length)) continue;
    const window = windows[next];
    const score = scores[i] ?? 0;
    if (window !== undefined && i >= window[0]) {
      const [first, last] = window;
      const position = -(last - i + 1) / (last - first + 1);
      const worth = (profile.truePositive * sigmoid(position)) / sigmoid(-1);
      points.push({ score, worth, window: `${file} ${next}` });
    } else points.push({ score, worth: profile.falsePositive * afterWindow(i, windows[next - 1]), window: null });
  }
  return points;
}

/** A false positive just after a window costs little, one further than three windows' lengths all. */
function afterWindow(i: number, before: readonly [number, number] | undefined): number {
  return before === undefined ? -1 : sigmoid((i - before[1]) / (before[1] - before[0]));
}

/** From 1 far before 0 to -1 far after. */
function sigmoid(position: number): number {
  return position > 3 ? -1 : 2 / (1 + Math.exp(5 * position)) - 1;
}
