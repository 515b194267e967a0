import { promisify } from 'node:util';
import { deflate, inflate } from 'node:zlib';
import { OpenManagerError } from '../../core/errors.ts';
import type { Descriptor } from '../../core/series.ts';
import type { Group, Peak } from './episode.ts';

/** What a series' detector has learned, and the anomaly that lasts. */
export interface SeriesState {
  readonly descriptor: Descriptor;
  /** As of a `WatchedSeries`. */
  readonly seenMs: number;
  readonly stepMs: number;
  readonly episode: EpisodeState | null;
  /** As `DetectorSlab.snapshot` gives it. */
  readonly detector: Uint8Array;
}

/** An `Episode` that lasts; its group is known by its start. */
export interface EpisodeState {
  readonly stepMs: number;
  readonly startMs: number;
  readonly lastMs: number;
  readonly calmMs: number | null;
  readonly peak: Peak;
  readonly groupStartMs: number;
}

/** A `Group` without its id, which differs in a copy of the database: its start tells it from others of the host. */
export type GroupState = Omit<Group, 'id'>;

/** Some series of a host, and the groups of anomalies that are not over: the newest one last. */
export interface StatePiece {
  readonly groups: readonly GroupState[];
  readonly series: readonly SeriesState[];
}

/** Of the bytes that this version writes, the only ones that it reads. */
export const stateFormat = 1;

const compress = promisify(deflate) as (bytes: Uint8Array, options: object) => Promise<Buffer>;
const decompress = promisify(inflate) as (bytes: Uint8Array, options: object) => Promise<Buffer>;
/** Numbers of states are nearly random: more effort gains little. */
const level = 3;
/** Far more than a piece has. */
const maxBytes = 256 * 2 ** 20;

/** JSON of all but the detectors, its length before it in uint32, then the detectors; compressed, with a check sum. */
export async function encodePiece({ groups, series }: StatePiece): Promise<Uint8Array> {
  const described = series.map(({ detector, ...rest }) => ({ ...rest, bytes: detector.byteLength }));
  const text = Buffer.from(JSON.stringify({ groups, series: described }));
  const head = Buffer.alloc(4);
  head.writeUInt32LE(text.byteLength);
  return compress(Buffer.concat([head, text, ...series.map(({ detector }) => detector)]), { level });
}

/** @throws `storage_corrupt` for bytes that no `encodePiece` wrote. */
export async function decodePiece(data: Uint8Array): Promise<StatePiece> {
  try {
    return parse(await decompress(data, { maxOutputLength: maxBytes }));
  } catch (cause) {
    throw new OpenManagerError('storage_corrupt', 'What the detectors had learned is damaged.', { cause });
  }
}

interface Described {
  readonly groups: readonly GroupState[];
  readonly series: readonly (Omit<SeriesState, 'detector'> & { readonly bytes: number })[];
}

function parse(bytes: Buffer): StatePiece {
  let at = 4 + bytes.readUInt32LE(0);
  const { groups, series } = JSON.parse(bytes.toString('utf8', 4, at)) as Described;
  const states = series.map(({ bytes: length, episode, ...rest }) => {
    at += length;
    const detector = new Uint8Array(bytes.subarray(at - length, at));
    return { ...rest, episode: episode && withNumbers(episode), detector };
  });
  if (at !== bytes.byteLength) throw new RangeError(`${bytes.byteLength} bytes instead of ${at}`);
  return { groups, series: states };
}

/** JSON has no word for a number that is not known. */
function withNumbers(episode: EpisodeState): EpisodeState {
  const { expected, lower, upper, ...peak } = episode.peak as Peak & Record<'expected' | 'lower' | 'upper', unknown>;
  const number = (value: unknown) => (typeof value === 'number' ? value : Number.NaN);
  return {
    ...episode,
    peak: { ...peak, expected: number(expected), lower: number(lower), upper: number(upper) },
  };
}
