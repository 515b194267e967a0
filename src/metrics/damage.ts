/** Chunks (hours of a series) that are stored and cannot be read. */
export interface Damage {
  readonly chunks: number;
  /** The first of them; absent when there is none. */
  readonly first?: DamagedHour;
}

export interface DamagedHour {
  readonly host: string;
  /** Metric and labels. */
  readonly series: string;
  readonly startMs: number;
}

export const noDamage: Damage = { chunks: 0 };
