import { withoutGaps } from '../../forecast/method.ts';
import { median } from '../../support/timing.ts';
import type { Peer, PeerSeries } from './peer.ts';

// The defaults of Netdata's ml-configuration.md (2026).
const MODELS = 18;
const TRAIN_EVERY_MS = 3 * 3_600_000;
const TRAINED_ON_MS = 6 * 3_600_000;
const SMOOTHED = 3;
const LAGGED = 5;
const MAX_ITERATIONS = 1000;
const PERCENTILE = 0.99;
/** Netdata samples by the second; of series with longer steps a model sees so many of them, whatever the time. */
const MIN_TRAINED_ON = 72;

/** A vector of one step: smoothed differences, the latest last. */
type Features = Float64Array;

interface Model {
  readonly centres: readonly Features[];
  /** The distance that 1 % of what it was trained on lies beyond. */
  readonly usual: number;
}

/**
 * Netdata's detector, after its documentation: every three hours two means are fitted to the last six hours; a step is odd
 * when its distance from them is beyond the 99th percentile for each of the last 18 models. The score is how many times,
 * for the model that finds it least odd; above 1 Netdata sets its anomaly bit. All samples are trained on, not every fifth.
 */
export function openNetdata(): Peer {
  return { name: 'Netdata k-means', score: async (series) => series.map(scoreSeries) };
}

function scoreSeries({ values, timestampsMs }: PeerSeries): Float64Array {
  const stepMs = Math.max(1, median([...timestampsMs.subarray(1)].map((time, i) => time - (timestampsMs[i] ?? 0))));
  const every = Math.max(1, Math.round(TRAIN_EVERY_MS / stepMs));
  const trainedOn = Math.max(MIN_TRAINED_ON, Math.round(TRAINED_ON_MS / stepMs));
  const features = featuresOf(withoutGaps(values));
  const models: Model[] = [];
  return Float64Array.from(features, (one, i) => {
    if (i >= trainedOn && i % every === 0) {
      models.push(train(features.slice(i - trainedOn, i)));
      if (models.length > MODELS) models.shift();
    }
    return models.length === 0 ? 0 : Math.min(...models.map((model) => distance(one, model.centres) / model.usual));
  });
}

function featuresOf(values: Float64Array): Features[] {
  const differences = values.map((value, i) => (i === 0 ? 0 : value - (values[i - 1] ?? value)));
  const smoothed = differences.map((_, i) => mean(differences.subarray(Math.max(0, i - SMOOTHED + 1), i + 1)));
  return Array.from(smoothed, (_, i) =>
    Float64Array.from({ length: LAGGED + 1 }, (__, lag) => smoothed[i - LAGGED + lag] ?? 0),
  );
}

/** Two means by Lloyd's iterations, from the vector furthest from the mean and the one furthest from that. */
function train(features: readonly Features[]): Model {
  const first = furthest(features, meanOf(features));
  let centres: readonly Features[] = [first, furthest(features, first)];
  for (let iteration = 0; iteration < MAX_ITERATIONS; iteration++) {
    const groups: Features[][] = [[], []];
    for (const one of features) groups[apart(one, centres[0]) <= apart(one, centres[1]) ? 0 : 1]?.push(one);
    const moved = groups.map((group, i) => (group.length === 0 ? (centres[i] ?? first) : meanOf(group)));
    const still = moved.every((centre, i) => apart(centre, centres[i]) === 0);
    centres = moved;
    if (still) break;
  }
  const distances = features.map((one) => distance(one, centres)).sort((a, b) => a - b);
  const usual = distances[Math.floor(PERCENTILE * (distances.length - 1))] ?? 0;
  return { centres, usual: Math.max(usual, Number.EPSILON) };
}

/** The mean distance from the centres, as in Netdata. */
function distance(one: Features, centres: readonly Features[]): number {
  return centres.reduce((sum, centre) => sum + apart(one, centre), 0) / centres.length;
}

function furthest(features: readonly Features[], from: Features): Features {
  return features.reduce((best, one) => (apart(one, from) > apart(best, from) ? one : best), from);
}

function apart(a: Features, b: Features = a): number {
  return Math.sqrt(a.reduce((sum, value, i) => sum + (value - (b[i] ?? value)) ** 2, 0));
}

function meanOf(features: readonly Features[]): Features {
  const [first = new Float64Array(0)] = features;
  return first.map((_, i) => features.reduce((sum, one) => sum + (one[i] ?? 0), 0) / features.length);
}

function mean(values: Float64Array): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}
