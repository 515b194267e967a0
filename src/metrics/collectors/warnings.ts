/** Takes a sentence for the log, and the error behind it where there is one. */
export type OnWarning = (message: string, cause?: unknown) => void;

/** One thing that may go on failing: only the first failure of a row is reported. */
export interface Streak {
  failed(message: string, cause?: unknown): void;
  succeeded(): void;
}

export function createStreak(onWarning: OnWarning): Streak {
  let failing = false;
  return {
    failed(message, cause) {
      if (!failing) onWarning(message, cause);
      failing = true;
    },
    succeeded() {
      failing = false;
    },
  };
}
