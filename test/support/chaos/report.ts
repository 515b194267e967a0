import type { Found } from './stored.ts';

/** What became of a store whose processes were killed. */
export interface KillReport extends Found {
  readonly kills: number;
  /** How many of them came while the work was under way, as far as its process had said. */
  readonly during: number;
  /** Samples that must be there at the end. */
  readonly acknowledged: number;
  /** What else is worth telling, by name. */
  readonly notes?: Readonly<Record<string, number>>;
}

export interface KillOptions {
  /** How many processes are killed. */
  readonly kills: number;
  /** Of the moments and of what is written. */
  readonly seed: number;
}
