import { OpenManagerError } from '../../core/errors.ts';
import type { Descriptor } from '../../core/series.ts';
import type { Samples } from '../samples.ts';
import { seriesKey } from '../series-key.ts';
import type { SeriesBatch } from '../stored-series.ts';

/** Collects samples in any order, until there are enough for one transaction of the store. */
export interface Batcher {
  /**
   * Keep what it returns: finding a series costs more than adding a sample to it.
   * @throws `invalid_argument` when there are more than 100,000.
   */
  series(host: string, descriptor: Descriptor): (timeMs: number, value: number) => void;
  isFull(): boolean;
  /** What was added since the last call: oldest first, of equal times the last one added. */
  take(): SeriesBatch[];
}

/** The store asks for no more in a call; it is some megabytes. */
const samplesOfBatch = 200_000;
/** A label that is different each time, such as a request's id, makes more; no host has as many. */
const maxSeries = 100_000;

export function createBatcher(maxSamples = samplesOfBatch): Batcher {
  const columns = new Map<string, Column>();
  let count = 0;
  return {
    series(host, descriptor) {
      const key = JSON.stringify([host, seriesKey(descriptor)]);
      let column = columns.get(key);
      if (column === undefined) {
        if (columns.size >= maxSeries)
          throw new OpenManagerError('invalid_argument', `More than ${maxSeries} series: import fewer at once.`);
        column = createColumn(host, descriptor);
        columns.set(key, column);
      }
      const { add } = column;
      return (timeMs, value) => {
        count += 1;
        add(timeMs, value);
      };
    },
    isFull: () => count >= maxSamples,
    take() {
      count = 0;
      return [...columns.values()].map((column) => column.take()).filter(({ samples }) => samples.timesMs.length > 0);
    },
  };
}

interface Column {
  add(timeMs: number, value: number): void;
  take(): SeriesBatch;
}

function createColumn(host: string, descriptor: Descriptor): Column {
  let times = new Float64Array(16);
  let values = new Float64Array(16);
  let length = 0;
  let ascends = true;
  return {
    add(timeMs, value) {
      if (length === times.length) [times, values] = [doubled(times), doubled(values)];
      if (length > 0 && timeMs <= (times[length - 1] as number)) ascends = false;
      times[length] = timeMs;
      values[length] = value;
      length += 1;
    },
    take() {
      const taken = { timesMs: times.slice(0, length), values: values.slice(0, length) };
      const samples = ascends ? taken : inOrder(taken);
      length = 0;
      ascends = true;
      return { host, descriptor, samples };
    },
  };
}

function inOrder({ timesMs, values }: Samples): Samples {
  const order = Uint32Array.from(timesMs, (_, i) => i).sort(
    (a, b) => (timesMs[a] as number) - (timesMs[b] as number) || a - b,
  );
  const last = order.filter((from, i) => timesMs[from] !== timesMs[order[i + 1] ?? -1]);
  return {
    timesMs: Float64Array.from(last, (from) => timesMs[from] as number),
    values: Float64Array.from(last, (from) => values[from] as number),
  };
}

function doubled(from: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(from.length * 2);
  larger.set(from);
  return larger;
}
