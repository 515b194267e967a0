/** One line of a bench's report: a bar from the requirements, the figure that was measured, and whether it clears it. */
export interface BenchResult {
  /** What must hold, with its limit: `p95 of query_metrics < 50 ms`. */
  readonly bar: string;
  /** What was measured, with its unit. */
  readonly figure: string;
  /** null = not measured in this mode; `figure` then says in which one it is. */
  readonly pass: boolean | null;
}

export interface BenchOptions {
  /** Only what behaves the same on a busy machine, in seconds rather than minutes. */
  readonly short: boolean;
  /** stdout belongs to one JSON object: a bench writes nothing to it itself. */
  readonly json: boolean;
}

/** What each file `bench/NAME.ts` exports. */
export interface Bench {
  run(options: BenchOptions): Promise<BenchResult[]>;
}
