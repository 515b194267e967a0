import type { Found } from './stored.ts';

/** What became of a store whose processes were killed. */
export interface KillReport extends Found {
  /** Processes killed, and those of them that had begun and not told that they were done. */
  readonly kills: number;
  readonly during: number;
  /** Samples that must be there at the end. */
  readonly acknowledged: number;
  /** What else is worth telling, by name. */
  readonly notes?: Readonly<Record<string, number>>;
}

export interface KillOptions {
  /** How many processes are to be killed while their work is under way. */
  readonly kills: number;
  /** Of the moments and of what is written. */
  readonly seed: number;
}

/** Some kills come too late: so many times what is asked for is tried at most. */
export const mostTries = 4;
