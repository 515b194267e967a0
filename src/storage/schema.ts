import type { Generated } from 'kysely';

/** The tables as `migrations/` leaves them. Times are milliseconds since the epoch. */
export interface Schema {
  schema_version: SchemaVersionTable;
  host: HostTable;
  series: SeriesTable;
  layout: LayoutTable;
  journal: JournalTable;
  chunk: ChunkTable;
  event: EventTable;
  owner: OwnerTable;
  audit: AuditTable;
  setting: SettingTable;
  forecast_track: ForecastTrackTable;
  forecast: ForecastTable;
  anomaly: AnomalyTable;
  detector_state: DetectorStateTable;
}

/** One row for each migration that was applied. */
export interface SchemaVersionTable {
  major: number;
  minor: number;
}

export interface HostTable {
  id: Generated<number>;
  name: string;
}

export interface SeriesTable {
  id: Generated<number>;
  host_id: number;
  metric: string;
  /** JSON object, its names sorted: equal labels are equal text. */
  labels: string;
  unit: string;
  /** No sample in a chunk is older or newer; null = there is no chunk. */
  first_ms: number | null;
  last_ms: number | null;
}

/** Which series the values of a journal row belong to, in their order. */
export interface LayoutTable {
  id: Generated<number>;
  host_id: number;
  /** Uint32, little-endian. */
  series_ids: Uint8Array;
  /** No sample of this layout is older than `first_ms` or newer than `last_ms`. */
  first_ms: number;
  last_ms: number;
}

/** What one host reported at one moment. */
export interface JournalTable {
  host_id: number;
  time_ms: number;
  layout_id: number;
  /** Float64, little-endian, NaN = missing. */
  vals: Uint8Array;
}

/** The samples of one series in one hour that are no longer in the journal. */
export interface ChunkTable {
  /** `hour * 2^31 + series`, the hour counted from the epoch: chunks are added at the end, an hour of all series lies together. */
  id: number;
  /** Samples. */
  n: number;
  min: number;
  max: number;
  sum: number;
  first: number;
  last: number;
  /** See `series-codec.ts`. */
  data: Uint8Array;
}

/** What processes tell each other. */
export interface EventTable {
  id: Generated<number>;
  time_ms: number;
  topic: string;
  /** JSON. */
  payload: string;
}

/** How often the owner of a role changed; see `Ownership`. */
export interface OwnerTable {
  role: string;
  epoch: number;
}

export interface AuditTable {
  id: Generated<number>;
  time_ms: number;
  subject: string;
  /** JSON array of strings. */
  roles: string;
  transport: string;
  session: string | null;
  kind: string;
  action: string;
  /** JSON. */
  arguments: string;
  decision: string;
  outcome: string;
  error_code: string | null;
  duration_ms: number;
}

/** What people change at run time. */
export interface SettingTable {
  key: string;
  /** JSON. */
  value: string;
  changed_by: string;
  changed_ms: number;
}

/** A series that forecasts were given out of, in steps of one length and over like horizons: their errors compare. */
export interface ForecastTrackTable {
  /** A hash of what tells it from others. */
  key: string;
  host: string;
  metric: string;
  /** As `series.labels`. */
  labels: string;
  unit: string;
  step_ms: number;
  /** Steps, and the nominal coverage of the interval, that were asked for last. */
  horizon: number;
  level: number;
  /** When somebody asked last. */
  asked_ms: number;
  /** When one was made last without anybody asking; 0 = never. */
  scheduled_ms: number;
  /** JSON of the method that is preferred and why; null = each forecast's own backtest chooses. */
  preference: string | null;
}

/** A forecast that was given out, or made to learn from it, and how it turned out. */
export interface ForecastTable {
  id: Generated<number>;
  /** `forecast_track.key`. */
  track: string;
  /** The first step begins at `start_ms`, the last one ends at `end_ms`. */
  start_ms: number;
  end_ms: number;
  /** Steps. */
  horizon: number;
  issued_ms: number;
  /** 1 = nobody asked for it. */
  scheduled: number;
  level: number;
  /** The method that all are compared with. */
  baseline: string;
  /** JSON: names of the methods, the one that was given out first, and whether they have an interval. */
  models: string;
  /** Mean absolute difference of successive values of the history, -1 = not known. */
  scale: number;
  /** See `forecast-record-codec.ts`; null when it was checked. */
  predictions: Uint8Array | null;
  /** When to look for what came; null when it was checked. */
  due_ms: number | null;
  resolved_ms: number | null;
  /** Steps of which the truth is known, and those of them in the interval. */
  known: number | null;
  inside: number | null;
  /** Of the method that was given out and of the baseline; null where `scale` tells nothing. */
  mase: number | null;
  baseline_mase: number | null;
  /** JSON: `[method, mase, quantile loss or null]` each. */
  losses: string | null;
}

/** An interval in which a series was odd, as it was seen when its samples arrived. */
export interface AnomalyTable {
  id: Generated<number>;
  host_id: number;
  metric: string;
  /** As `series.labels`. */
  labels: string;
  unit: string;
  /** Of its first odd sample; unique for a series. */
  start_ms: number;
  /** Of the first sample after its last odd one; null while it lasts. */
  end_ms: number | null;
  /** Of its newest odd sample that is stored. */
  last_ms: number;
  /** The sample with the highest score, and what was expected then; null = not known. */
  peak_ms: number;
  value: number;
  expected: number | null;
  lower: number | null;
  upper: number | null;
  /** 0..1, that of the peak. */
  score: number;
  severity: string;
  direction: string;
  /** The `id` of the first one of those that began together, its own where it is the first. */
  group_id: number | null;
  /** JSON of what its group may mean, on the first of the group; null = nothing is known. */
  hypotheses: string | null;
}

/** What the detectors of a host's series have learned: one of several pieces. */
export interface DetectorStateTable {
  host_id: number;
  /** From 0. */
  piece: number;
  /** Of `data`. */
  format: number;
  /** The time of the last sample that is learned. */
  time_ms: number;
  /** Compressed; see `state-codec.ts`. */
  data: Uint8Array;
}
