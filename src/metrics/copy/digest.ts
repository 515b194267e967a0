import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { type Ids, mapped } from './identity-store.ts';

/** What the rows of one series, host or table add up to. */
export interface Sums {
  rows: number;
  samples: number;
  /** Of all their values in order, CRC-32. */
  check: number;
  min: number;
  max: number;
}

/** What a database holds, by series id, host id and table. No sum depends on ids: those of a copy are the same. */
export interface Digest {
  readonly series: ReadonlyMap<number, Sums>;
  readonly hosts: ReadonlyMap<number, Sums>;
  readonly tables: ReadonlyMap<string, Sums>;
}

export function summing<K>(digest: Map<K, Sums>): (key: K) => Sums {
  return (key) => {
    const known = digest.get(key);
    if (known) return known;
    const made = { rows: 0, samples: 0, check: 0, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY };
    digest.set(key, made);
    return made;
  };
}

export function add(sums: Sums, samples: number, numbers: readonly number[], rest: Uint8Array | string = ''): void {
  sums.rows += 1;
  sums.samples += samples;
  // A database may make 0 of -0.
  const bytes = new Uint8Array(Float64Array.from(numbers, (number) => number + 0).buffer);
  sums.check = crc32(rest, crc32(bytes, sums.check));
}

/** Another one after any change of the content, and for the same content by other ids: the places of a copy are keys. */
export function fingerprintOf({ series, hosts, tables }: Digest): string {
  const hash = createHash('sha256');
  for (const part of [series, hosts, tables]) {
    hash.update(`${part.size}\n`);
    const entries: [number | string, Sums][] = [...part];
    for (const entry of entries.sort(([one], [other]) => (one < other ? -1 : 1))) hash.update(JSON.stringify(entry));
  }
  return hash.digest('hex');
}

/**
 * What the digest of a copy has to be.
 * @param ids those of the copy by those of `digest`
 */
export function withIds({ series, hosts, tables }: Digest, ids: Ids): Digest {
  const renamed = (sums: ReadonlyMap<number, Sums>, to: ReadonlyMap<number, number>, what: string) =>
    new Map([...sums].map(([id, one]) => [mapped(to, id, what), one]));
  return { series: renamed(series, ids.series, 'series'), hosts: renamed(hosts, ids.hosts, 'host'), tables };
}

export interface Difference<K> {
  readonly id: K;
  readonly expected: Sums | undefined;
  readonly actual: Sums | undefined;
}

export function difference<K>(expected: ReadonlyMap<K, Sums>, actual: ReadonlyMap<K, Sums>): Difference<K> | undefined {
  const id = [...new Set([...expected.keys(), ...actual.keys()])].find(
    (key) => JSON.stringify(expected.get(key)) !== JSON.stringify(actual.get(key)),
  );
  return id === undefined ? undefined : { id, expected: expected.get(id), actual: actual.get(id) };
}
