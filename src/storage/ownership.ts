/**
 * The right to collect, evaluate and compact, which one process on a database has at a time. A crash gives it up at
 * once; a suspended process keeps it.
 */
export interface Ownership {
  /**
   * True when this process owns. Returns at once, never waits for the other owner. Ask again at every round: it is also
   * how an owner learns that it still is one.
   */
  tryAcquire(): Promise<boolean>;
  /** Does nothing when this process does not own. */
  release(): Promise<void>;
}
