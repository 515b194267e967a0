import { OpenManagerError } from '../core/errors.ts';
import { localTime } from './streaming/civil-time.ts';
import { createScorer, type Verdict } from './streaming/score-sample.ts';
import { createSlots, SLOT_BYTES } from './streaming/slots.ts';
import { rejectValue, requireKnown, requireSensitivity, requireStep } from './validate.ts';

export type { Verdict };

export interface DetectorOptions {
  /** Usual milliseconds from one sample to the next, > 0; learned when left out. */
  readonly stepMs?: number | undefined;
  /** IANA name of the time zone in whose days and weeks the metric recurs, e.g. `Europe/Berlin`; `UTC` when left out. */
  readonly timeZone?: string | undefined;
  /** 0..1, 0.5 when left out: what `isAnomaly` takes, from twice the usual evidence (0) to half of it (1). */
  readonly sensitivity?: number | undefined;
}

const OPTIONS = ['stepMs', 'timeZone', 'sensitivity'] as const satisfies readonly (keyof DetectorOptions)[];

/** The states of many detectors, side by side in blocks of memory. A slot, a whole number from 0 on, is one of them. */
export interface DetectorSlab {
  /** Slots in use. */
  readonly size: number;
  /** Memory of the states, in bytes. */
  readonly byteLength: number;
  /** A slot that has seen nothing. */
  add(): number;
  /** Frees a slot; its number is given out again. */
  remove(slot: number): void;
  /**
   * Scores a sample and learns from it. `timestampMs`: milliseconds since the epoch; a sample that is not later than the
   * one before is left out, until five in a row show that the clock was wrong. `value`: NaN or infinite = missing. Returns
   * an object that the next call writes over. Throws `invalid_argument` for a time that is no date or a slot that is not
   * in use.
   */
  push(slot: number, timestampMs: number, value: number): Verdict;
  /** The state of a slot, 2.3 KB. */
  snapshot(slot: number): Uint8Array;
  /** A slot with this state. Throws `invalid_argument` for bytes that are no snapshot of this version. */
  restore(snapshot: Uint8Array): number;
}

/** More than a few make one block's memory a large allocation; fewer waste less of it. */
const SLOTS_IN_BLOCK = 256;
const MAX_TIME_MS = 8.64e15;
/** Begins each snapshot; its last byte changes whenever the layout of a state does. */
const MARK = Uint8Array.of(0x4f, 0x4d, 0x44, 1);

/** Detectors that share their options. Throws `invalid_argument` for an option that is unknown or out of range. */
export function createDetectorSlab(o: DetectorOptions = {}, slotsInBlock = SLOTS_IN_BLOCK): DetectorSlab {
  requireKnown(o, OPTIONS);
  requireStep(o.stepMs);
  requireSensitivity(o.sensitivity);
  const { timeZone, stepMs, sensitivity = 0.5 } = o;
  const score = createScorer({ toLocalMs: localTime(timeZone), stepMs, sensitivity });
  const slots = createSlots(slotsInBlock);
  const verdict: Verdict = {
    ...{ score: 0, rawScore: 0, isAnomaly: false },
    ...{ expected: Number.NaN, lower: Number.NaN, upper: Number.NaN },
  };
  return {
    get size() {
      return slots.size();
    },
    get byteLength() {
      return slots.byteLength();
    },
    add: () => slots.add(),
    remove: (slot) => slots.remove(slot),
    push(slot, timestampMs, value) {
      if (!(Math.abs(timestampMs) <= MAX_TIME_MS))
        rejectValue('timestampMs', timestampMs, 'milliseconds since the epoch, a number that is a date');
      score(slots.at(slot), timestampMs, value, verdict);
      return verdict;
    },
    snapshot(slot) {
      const bytes = new Uint8Array(MARK.length + SLOT_BYTES);
      bytes.set(MARK);
      bytes.set(slots.bytes(slot), MARK.length);
      return bytes;
    },
    restore(snapshot) {
      requireSnapshot(snapshot);
      const slot = slots.add();
      slots.bytes(slot).set(snapshot.subarray(MARK.length));
      return slot;
    },
  };
}

function requireSnapshot(snapshot: Uint8Array): void {
  const isOne =
    snapshot instanceof Uint8Array &&
    snapshot.length === MARK.length + SLOT_BYTES &&
    MARK.every((byte, i) => snapshot[i] === byte);
  if (isOne) return;
  throw new OpenManagerError(
    'invalid_argument',
    `The bytes are no snapshot of a detector of this version, which has ${MARK.length + SLOT_BYTES} bytes.`,
  );
}
