import type { DetectorSlab } from '../../analytics/index.ts';
import type { Descriptor } from '../../core/series.ts';
import { isGrowing } from '../growing-metrics.ts';
import { seriesKey } from '../series-key.ts';
import type { Episode } from './episode.ts';

/** A series and what is known of it besides its detector's state. */
export interface WatchedSeries {
  readonly descriptor: Descriptor;
  /** Its detector in the slab. */
  readonly slot: number;
  /** Of its newest sample that was scored. */
  seenMs: number;
  /** Usual time between two of its samples; 0 before the second one. */
  stepMs: number;
  /** Samples until then are learned already: those of a snapshot; -Infinity without one. */
  doneMs: number;
  /** The anomaly that lasts. */
  episode: Episode | null;
}

/** The series of one host by the identity of a reading's descriptors. */
export interface WatchedSeriesSet {
  /** A slot of the slab for each descriptor: negative where there is none, {@link leftOut} where there will be none. */
  slotsOf(descriptors: readonly Descriptor[]): Int32Array;
  /** By its slot. */
  at(slot: number): WatchedSeries | undefined;
  /**
   * The series of a value that has no slot yet, or in the place of `outdated`: call it before the first sample, so that
   * one which never has any costs nothing. Undefined when there are too many. The arrays of `slotsOf` are out of date.
   */
  renew(descriptors: readonly Descriptor[], i: number, outdated: WatchedSeries | undefined): WatchedSeries | undefined;
  add(series: WatchedSeries): void;
  forget(series: WatchedSeries): void;
  all(): Iterable<WatchedSeries>;
}

export interface WatchedSeriesOptions {
  /** Called before a series is forgotten. */
  readonly onForgotten: (series: WatchedSeries) => void;
  readonly maxSeries?: number | undefined;
}

/** Of one host; some 3 KB each. */
const defaultMaxSeries = 5_000;
const unknown = -1;
export const leftOut = -2;
const never = Number.NEGATIVE_INFINITY;

export function createWatchedSeries(slab: DetectorSlab, options: WatchedSeriesOptions): WatchedSeriesSet {
  const { onForgotten, maxSeries = defaultMaxSeries } = options;
  const bySlot: (WatchedSeries | undefined)[] = [];
  const byKey = new Map<string, WatchedSeries>();
  let layouts = new WeakMap<readonly Descriptor[], Int32Array>();

  function slotsOf(descriptors: readonly Descriptor[]): Int32Array {
    const known = layouts.get(descriptors);
    if (known) return known;
    const slots = Int32Array.from(descriptors, slotOf);
    layouts.set(descriptors, slots);
    return slots;
  }

  function slotOf(descriptor: Descriptor): number {
    if (isGrowing(descriptor.metric)) return leftOut;
    return byKey.get(seriesKey(descriptor))?.slot ?? unknown;
  }

  function watch(descriptor: Descriptor): WatchedSeries | undefined {
    const known = byKey.get(seriesKey(descriptor));
    if (known !== undefined || byKey.size >= maxSeries) return known;
    const made = { descriptor, slot: slab.add(), seenMs: never, stepMs: 0, doneMs: never, episode: null };
    add(made);
    return made;
  }

  function add(series: WatchedSeries): void {
    bySlot[series.slot] = series;
    byKey.set(seriesKey(series.descriptor), series);
  }

  function forget(series: WatchedSeries): void {
    onForgotten(series);
    bySlot[series.slot] = undefined;
    byKey.delete(seriesKey(series.descriptor));
    slab.remove(series.slot);
    layouts = new WeakMap();
  }

  return {
    slotsOf,
    at: (slot) => (slot < 0 ? undefined : bySlot[slot]),
    renew(descriptors, i, outdated) {
      if (outdated !== undefined) forget(outdated);
      const made = watch(descriptors[i] as Descriptor);
      slotsOf(descriptors)[i] = made?.slot ?? leftOut;
      return made;
    },
    add,
    forget,
    all: () => byKey.values(),
  };
}
