import type { Descriptor, Labels } from '../../core/series.ts';
import type { CoreReading } from './collector-source.ts';
import { type Counter, createCounter, type Interval } from './counters.ts';

/** What the readers of a source write one sample into. */
export interface Sample {
  readonly interval: Interval;
  add(descriptor: Descriptor, value: number): void;
}

/** A counter that is shown as its growth per second. */
export interface Rate {
  readonly descriptor: Descriptor;
  readonly counter: Counter;
}

export function describeSeries(metric: string, unit: string, labels: Labels = {}): Descriptor {
  return { metric, labels, unit };
}

export function createRate(metric: string, unit: string, labels: Labels = {}): Rate {
  return { descriptor: describeSeries(metric, unit, labels), counter: createCounter() };
}

/** Adds the growth per second of a rate whose counter now reads `total`; nothing when the total is not known. */
export function addRate(sample: Sample, rate: Rate, total: number): void {
  if (Number.isNaN(total)) return;
  sample.add(rate.descriptor, rate.counter.increase(total, sample.interval) / sample.interval.seconds);
}

/** Adds a value that is as it is; nothing when it is not known. */
export function addGauge(sample: Sample, descriptor: Descriptor, value: number): void {
  if (!Number.isNaN(value)) sample.add(descriptor, value);
}

/**
 * Turns samples into readings. The readers hand in the same descriptor objects each time; while their order stays the
 * same too, every reading shares one array of descriptors. A descriptor that comes twice in a sample (a damaged file)
 * counts once.
 */
export function createComposer(): (interval: Interval, fill: (sample: Sample) => void) => CoreReading {
  let stable: readonly Descriptor[] = [];
  let scratch = new Float64Array(256);
  return (interval, fill) => {
    let count = 0;
    let changed: Set<Descriptor> | null = null;
    const add = (descriptor: Descriptor, value: number) => {
      if (changed === null && stable[count] !== descriptor) changed = new Set(stable.slice(0, count));
      if (changed?.has(descriptor)) return;
      changed?.add(descriptor);
      if (count === scratch.length) scratch = doubled(scratch);
      scratch[count++] = toResolution(value, descriptor.unit);
    };
    fill({ interval, add });
    const descriptors = changed === null ? stable.slice(0, count) : [...(changed as Set<Descriptor>)];
    if (!isSame(descriptors, stable)) stable = descriptors;
    return { descriptors: stable, values: scratch.slice(0, count) };
  };
}

/**
 * Shares, bytes and events a second are quotients with digits that no measurement has; without them they take a third
 * of the room. Kept are a thousandth of a percent, whole bytes, hundredths of an event and microseconds.
 */
function toResolution(value: number, unit: string): number {
  if (unit === '1') return Math.round(value * 1e5) / 1e5;
  if (unit === 'By/s') return Math.round(value);
  if (unit === 's') return Math.round(value * 1e6) / 1e6;
  return unit.endsWith('/s') ? Math.round(value * 100) / 100 : value;
}

function isSame(a: readonly Descriptor[], b: readonly Descriptor[]): boolean {
  return a.length === b.length && a.every((descriptor, i) => descriptor === b[i]);
}

function doubled(values: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(values.length * 2);
  larger.set(values);
  return larger;
}
