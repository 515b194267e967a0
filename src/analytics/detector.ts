import { createDetectorSlab, type DetectorOptions, type DetectorSlab, type Verdict } from './detector-slab.ts';
import { rejectValue } from './validate.ts';

/** Scores one metric as its samples come. */
export interface Detector {
  /**
   * Scores a sample and learns from it. `timestampMs`: milliseconds since the epoch; a sample that is not later than the
   * one before is left out, until five in a row show that the clock was wrong. `value`: in any unit; NaN or infinite =
   * missing. Throws `invalid_argument` for a time that is no date.
   */
  push(timestampMs: number, value: number): Verdict;
  /** All that it knows, its options too, in some 2.4 KB. */
  snapshot(): Uint8Array;
}

/**
 * A detector that has seen nothing. It takes a few microseconds a sample and the same memory however long it runs.
 * Throws `invalid_argument` for an option that is unknown or out of range.
 *
 * Each channel of a metric (value, smooth value, deviation from what was expected, smooth deviation, volatility, run of
 * equal values) has a sketch of its distribution; the surprises of all, -ln of the probability of their tails, are
 * summed, after Ahmad et al., "Unsupervised real-time anomaly detection for streaming data" (2017), who take one.
 */
export function createDetector(o: DetectorOptions = {}): Detector {
  const slab = createDetectorSlab(o, 1);
  return ofSlot(slab, slab.add(), o);
}

/**
 * The detector that `snapshot` was taken of: it scores what it is given as that one would have, bit for bit. Throws
 * `invalid_argument` for bytes that are no snapshot of this version.
 */
export function restoreDetector(snapshot: Uint8Array): Detector {
  const { options, state } = split(snapshot);
  const slab = createDetectorSlab(options, 1);
  return ofSlot(slab, slab.restore(state), options);
}

function ofSlot(slab: DetectorSlab, slot: number, o: DetectorOptions): Detector {
  return {
    push: (timestampMs, value) => ({ ...slab.push(slot, timestampMs, value) }),
    snapshot() {
      const options = new TextEncoder().encode(JSON.stringify(o));
      const state = slab.snapshot(slot);
      const bytes = new Uint8Array(2 + options.length + state.length);
      new DataView(bytes.buffer).setUint16(0, options.length);
      bytes.set(options, 2);
      bytes.set(state, 2 + options.length);
      return bytes;
    },
  };
}

/** The length of the options, the options as JSON, the state. */
function split(snapshot: Uint8Array): { options: DetectorOptions; state: Uint8Array } {
  if (!(snapshot instanceof Uint8Array) || snapshot.length < 2)
    rejectValue('snapshot', snapshot, 'what snapshot() of a detector gave');
  const length = new DataView(snapshot.buffer, snapshot.byteOffset).getUint16(0);
  return { options: parseOptions(snapshot.subarray(2, 2 + length)), state: snapshot.subarray(2 + length) };
}

function parseOptions(bytes: Uint8Array): DetectorOptions {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as DetectorOptions;
  } catch {
    return rejectValue('snapshot', bytes, 'what snapshot() of a detector gave');
  }
}
