import type { CommandLine } from '../config/argv.ts';
import type { Config } from '../config/schema.ts';
import type { Logger } from '../core/log.ts';

/** What a command gets. */
export interface CommandContext {
  readonly config: Config;
  readonly commandLine: CommandLine;
  readonly log: Logger;
  readonly version: string;
  /** Writes to stdout, with a line end. */
  print(text: string): void;
}

export interface Command {
  readonly name: string;
  /** The words that may follow the name, for the help. */
  readonly usage?: string;
  readonly summary: string;
  /** Resolves to the exit code. */
  run(context: CommandContext): Promise<number>;
}
