import type { Clock } from '../core/clock.ts';
import { OpenManagerError } from '../core/errors.ts';
import { type Descriptor, seriesName } from '../core/series.ts';
import { closest, safeName } from '../core/text.ts';
import type { Collector } from './collector.ts';
import type { HostInventory, ProcessTable } from './collectors/collector-source.ts';
import { within } from './collectors/within.ts';
import type { Deletion } from './coverage.ts';
import { createHostList } from './host-list.ts';
import { createLocalState } from './local-state.ts';
import type { MetricStore, SeriesFilter } from './metric-store.ts';
import type { Reading } from './reading.ts';
import type { RecentWindow } from './recent-window.ts';
import type { Trimmed } from './retention-store.ts';
import { createSampleReader, type SampleReader } from './sample-reader.ts';
import { seriesKey } from './series-key.ts';
import {
  type FoundSeries,
  type SeriesBuckets,
  type SeriesSelection,
  selectSeries,
  type TimeWindow,
} from './series-selection.ts';
import type { StoredHost, StoredSeries } from './stored-series.ts';

export interface HostSummary {
  readonly host: string;
  /** Whether it is the machine this program runs on. */
  readonly local: boolean;
  /** Whether its latest reading is recent. */
  readonly reporting: boolean;
  readonly firstMs: number;
  readonly lastMs: number;
}

export interface HostSnapshot {
  readonly host: string;
  readonly reading: Reading;
  /** Only of the local host. */
  readonly processes: ProcessTable | null;
  readonly inventory: HostInventory | null;
}

/** A series and its latest value, NaN when it has none. */
export interface CatalogEntry extends Descriptor {
  readonly value: number;
}

export type { FoundSeries, SeriesBuckets, SeriesSelection, TimeWindow };

/** What is known of the hosts. Every method throws `not_found` for an unknown host or metric, naming the nearest valid ones. */
export interface Metrics extends Deletion {
  readonly localHost: string;
  /** Time between two readings. */
  readonly intervalMs: number;
  hosts(): Promise<readonly HostSummary[]>;
  snapshot(host: string | undefined): Promise<HostSnapshot>;
  catalog(host: string | undefined): Promise<readonly CatalogEntry[]>;
  /** The series that are meant, one at least. */
  find(selection: SeriesSelection): Promise<readonly FoundSeries[]>;
  /** Every series of a host. */
  findAll(host: string | undefined): Promise<readonly FoundSeries[]>;
  /** Samples of series of one host. */
  readonly samples: SampleReader['samples'];
  /** What their samples add up to on a grid; samples before or after the window are left out. */
  readonly buckets: SampleReader['buckets'];
  /** Calls `listener` after each reading; returns how to stop it. */
  onReading(listener: (reading: Reading) => void): () => void;
}

/** With what the outside tells it. */
export interface RunningMetrics extends Metrics {
  readingArrived(reading: Reading): void;
  /** Hosts may have come or gone by other ways than readings. */
  historyChanged(): void;
}

export interface MetricsParts {
  readonly localHost: string;
  readonly intervalMs: number;
  readonly retentionMs: number;
  readonly store: MetricStore;
  readonly recent: RecentWindow;
  readonly collector: Collector;
  readonly clock: Clock;
}

const silentAfterIntervals = 4;

export function createMetrics(parts: MetricsParts): RunningMetrics {
  const { localHost, intervalMs, retentionMs, store, recent, collector, clock } = parts;
  const listeners = new Set<(reading: Reading) => void>();
  const known = createHostList(store, clock);
  const { samples, buckets } = createSampleReader(store, recent);
  const local = createLocalState(collector);

  async function hostNamed(name: string | undefined): Promise<string> {
    if (name === undefined || name === localHost || name === 'localhost') return localHost;
    if ((await known.current()).some(({ host }) => host === name)) return name;
    // Asked of the store itself, which may fail: that a host is not known must not be said when nobody looked.
    const names = (await store.hosts()).map(({ host }) => host);
    if (names.includes(name)) return name;
    const near = closest(name, [...new Set([localHost, ...names])]).map((host) => safeName(host));
    throw new OpenManagerError(
      'not_found',
      `There is no host "${safeName(name)}". Nearest: ${near.join(', ')}. list_hosts names all.`,
    );
  }

  async function latestReading(host: string): Promise<Reading> {
    const reading = host === localHost ? (await local()).reading : await store.latest(host);
    if (reading) return reading;
    throw noData(host, host === localHost);
  }

  async function seriesOf(host: string, metric: string): Promise<readonly FoundSeries[]> {
    const current = host === localHost ? (await local()).reading.descriptors : [];
    const matching = current.filter((descriptor) => descriptor.metric === metric);
    const stored = await storedSeries(store, { host, metric }, matching.length > 0);
    if (stored.length > 0) return stored;
    if (matching.length > 0) return matching.map((one) => ({ ...one, host, id: null }));
    await latestReading(host);
    const names = [...new Set([...(await store.series({ host })), ...current].map((descriptor) => descriptor.metric))];
    throw new OpenManagerError(
      'not_found',
      `Host "${safeName(host)}" has no metric "${safeName(metric)}". Nearest: ${closest(metric, names)
        .map((name) => safeName(name))
        .join(', ')}. list_metrics names all.`,
    );
  }

  return {
    localHost,
    intervalMs,
    retentionMs,
    trimmed: () => lastTrim(store),
    async hosts() {
      // What is imported for this host may be of later than now.
      const localMs = collector.latest()?.reading.timestampMs;
      return summaries(await known.current(), { localHost, localMs, nowMs: clock.now(), intervalMs });
    },
    async snapshot(name) {
      const host = await hostNamed(name);
      if (host !== localHost) return { host, reading: await latestReading(host), processes: null, inventory: null };
      return { host, ...(await local()) };
    },
    async catalog(name) {
      const host = await hostNamed(name);
      const reading = await latestReading(host);
      const known = await storedSeries(store, { host }, host === localHost);
      const stored = known.map(({ metric, labels, unit }) => {
        return { metric, labels, unit, value: recent.last(host, { metric, labels, unit }) };
      });
      return byName([...stored, ...(await imported(store, reading, known)), ...entriesOf(reading)]);
    },
    async find(selection) {
      const host = await hostNamed(selection.host);
      return selectSeries(await seriesOf(host, selection.metric), selection);
    },
    async findAll(name) {
      const host = await hostNamed(name);
      const stored = await store.series({ host });
      if (stored.length > 0) return stored;
      return (await latestReading(host)).descriptors.map((one) => ({ ...one, host, id: null }));
    },
    samples,
    buckets,
    onReading(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    historyChanged: known.forget,
    readingArrived(reading) {
      known.saw(reading);
      for (const listener of listeners) listener(reading);
    },
  };
}

function entriesOf({ descriptors, values }: Reading): CatalogEntry[] {
  return descriptors.map((descriptor, i) => ({ ...descriptor, value: values[i] ?? Number.NaN }));
}

/** The latest values of series that the reading has none of, when there are such series. */
async function imported(
  store: MetricStore,
  { host, timestampMs, descriptors }: Reading,
  known: readonly StoredSeries[],
): Promise<readonly CatalogEntry[]> {
  const reported = new Set(descriptors.map(seriesKey));
  if (known.every((one) => reported.has(seriesKey(one)))) return [];
  const last = await within(store.lastOfChunks(host, timestampMs), patienceMs).catch(() => null);
  return last === null || last === 'late' ? [] : entriesOf(last);
}

/** Each series once, the last one counts. */
function byName(entries: readonly CatalogEntry[]): CatalogEntry[] {
  const unique = new Map(entries.map((one) => [seriesKey(one), one]));
  const shown = ({ metric, labels }: Descriptor) => seriesName(metric, labels);
  return [...unique.values()].sort((a, b) => (shown(a) < shown(b) ? -1 : 1));
}

function noData(host: string, local: boolean): OpenManagerError {
  const why = local ? 'has no data yet; try again in a few seconds' : 'has no data any more';
  return new OpenManagerError('not_found', `Host "${safeName(host)}" ${why}.`);
}

interface Presence {
  readonly localHost: string;
  /** When this host reported last. */
  readonly localMs: number | undefined;
  readonly nowMs: number;
  readonly intervalMs: number;
}

/** The local host first, then by name. */
function summaries(hosts: readonly StoredHost[], { localHost, localMs, nowMs, intervalMs }: Presence): HostSummary[] {
  // A sample far in the future, by a wrong clock or import, tells nothing of now.
  const isRecent = (timeMs: number) => Math.abs(nowMs - timeMs) <= silentAfterIntervals * intervalMs;
  return hosts
    .map((one) => {
      const local = one.host === localHost;
      return { ...one, local, reporting: isRecent((local ? localMs : undefined) ?? one.lastMs) };
    })
    .sort((a, b) => Number(b.local) - Number(a.local) || a.host.localeCompare(b.host));
}

/** What can be told without the store does not wait longer for one that does not answer. */
const patienceMs = 2_000;

async function lastTrim(store: MetricStore): Promise<Trimmed | null> {
  const known = await within(store.trimmed(), patienceMs).catch(() => null);
  return known === 'late' ? null : known;
}

/** What is known otherwise, from this host's latest reading, is told even while the store cannot be read. */
async function storedSeries(
  store: MetricStore,
  filter: SeriesFilter,
  otherwiseKnown: boolean,
): Promise<readonly StoredSeries[]> {
  if (!otherwiseKnown) return store.series(filter);
  const stored = await within(store.series(filter), patienceMs).catch(() => 'late' as const);
  return stored === 'late' ? [] : stored;
}
