import { type Clock, systemClock } from '../core/clock.ts';
import { safeName } from '../core/text.ts';

/** Where progress is written: stderr, as stdout belongs to results. */
interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

interface ProgressOptions {
  readonly stream: ProgressStream;
  readonly clock?: Clock;
}

export interface Progress {
  /** Call it as often as you like; most calls write nothing. `describe` is called when a line is due. */
  update(describe: () => string): void;
  /** Writes a line that stays. */
  say(text: string): void;
  /** Writes the last line. */
  end(text: string): void;
}

const terminalIntervalMs = 100;
const lineIntervalMs = 5_000;

/** Shows how far long work is: on a terminal one line that is rewritten, elsewhere a line every five seconds. */
export function createProgress({ stream, clock = systemClock }: ProgressOptions): Progress {
  const onTerminal = stream.isTTY === true;
  const intervalMs = onTerminal ? terminalIntervalMs : lineIntervalMs;
  let dueMs = clock.monotonic() + intervalMs;

  function write(text: string, stays: boolean): void {
    // A line that wraps could not be rewritten.
    const line = safeName(text, onTerminal && !stays ? Math.max(20, (stream.columns ?? 80) - 1) : 1_000);
    if (onTerminal) stream.write(`\r\u001B[K${line}${stays ? '\n' : ''}`);
    else stream.write(`${line}\n`);
  }

  return {
    update(describe) {
      const nowMs = clock.monotonic();
      if (nowMs < dueMs) return;
      dueMs = nowMs + intervalMs;
      write(describe(), false);
    },
    say: (text) => write(text, true),
    end: (text) => write(text, true),
  };
}
