import { inspect } from 'node:util';
import { OpenManagerError } from './errors.ts';

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Fields are written as JSON; a {@link Secret} among them stays hidden. */
export type LogFields = Readonly<Record<string, unknown>>;

export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** Writes one line a message to `write`, stderr by default: stdout belongs to JSON-RPC. */
export function createLogger(level: LogLevel, write: (line: string) => void = writerToStderr()): Logger {
  const threshold = logLevels.indexOf(level);
  const at = (name: LogLevel) => (message: string, fields?: LogFields) => {
    if (logLevels.indexOf(name) < threshold) return;
    const line = `${new Date().toISOString()} ${name} ${message}${fields ? ` ${formatFields(fields)}` : ''}`;
    // Messages carry names that callers chose: they must not forge a line or drive the terminal.
    write(`${line.replace(/[\p{Cc}\u2028\u2029]/gu, ' ')}\n`);
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

export const silentLogger: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Where nobody reads stderr any more nothing is written: the failure of a write would be the next thing to report. */
function writerToStderr(): (line: string) => void {
  let gone = false;
  process.stderr.on('error', () => {
    gone = true;
  });
  return (line) => {
    if (!gone) process.stderr.write(line);
  };
}

function formatFields(fields: LogFields): string {
  try {
    return JSON.stringify(fields, (_key, value: unknown) => (value instanceof Error ? describeError(value) : value));
  } catch {
    // A cause can be anything, e.g. circular; that an error cannot be written as JSON must not hide it.
    return inspect(fields, { breakLength: Number.POSITIVE_INFINITY });
  }
}

/** A refusal of ours says all in its code and message; only what nobody foresaw needs its stack. */
function describeError(error: Error): Record<string, unknown> {
  const { name, message, stack, cause } = error;
  if (error instanceof OpenManagerError) {
    return { code: error.code, message, ...(cause instanceof Error && { cause: cause.message }) };
  }
  return { name, message, stack, cause };
}
