import type { CommandLine } from '../config/argv.ts';
import type { Config } from '../config/schema.ts';
import type { Logger } from '../core/log.ts';

/** A flag of one command alone; it hides a setting of the same name, e.g. `--host` of `import`. */
export interface CommandOption {
  readonly description: string;
  /** What stands for its value in the help; a switch without one. */
  readonly value?: string;
  /** True where the command cannot do without; a list of subcommands where those cannot. */
  readonly required?: boolean | readonly string[];
  /** The subcommands that take it; all, where absent. */
  readonly only?: readonly string[];
}

/** What is known of a command without loading it. */
export interface CommandEntry {
  /**
   * The words it takes: `import csv|sadf [FILE]`. Words joined by bars are the alternatives of a subcommand; those in
   * brackets may be left out; `[--json]` is a flag, and no word.
   */
  readonly usage: string;
  readonly summary: string;
  /** By their names without the dashes. */
  readonly options?: Readonly<Record<string, CommandOption>>;
  load(): Promise<Command>;
}

/** What a command gets. */
export interface CommandContext {
  readonly config: Config;
  readonly commandLine: CommandLine;
  /** The command's own flags that were given, by their names without the dashes. */
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
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
