import { type CommandLine, parseCommandLine } from '../config/argv.ts';
import { loadConfig, processSources } from '../config/load.ts';
import { type ConfigKey, configSchema, environmentName, flagKeys, flagName, secretKeys } from '../config/schema.ts';
import { OpenManagerError, toOpenManagerError } from '../core/errors.ts';
import { createLogger } from '../core/log.ts';
import { closest, safeName } from '../core/text.ts';
import { programVersion } from '../version.ts';
import type { CommandEntry } from './command.ts';
import { exportFlags, importFlags } from './history-flags.ts';
import { backupFlags, migrateStoreFlags, restoreFlags } from './store-flags.ts';
import { assertUsage } from './words.ts';

/** Each command is loaded when it is the one to run. */
const commands: Readonly<Record<string, CommandEntry>> = {
  stdio: {
    usage: 'stdio',
    summary: 'serve one assistant on stdin and stdout; this is what an MCP client starts',
    load: async () => (await import('./stdio.ts')).stdioCommand,
  },
  serve: {
    usage: 'serve',
    summary: 'serve many assistants over HTTP',
    load: async () => (await import('./serve.ts')).serveCommand,
  },
  doctor: {
    usage: 'doctor [--json]',
    summary: 'say what is found, what is missing and how to fix it',
    options: { json: { description: 'print JSON' } },
    load: async () => (await import('./doctor.ts')).doctorCommand,
  },
  token: {
    usage: 'token show',
    summary: 'print the bearer token of serve',
    load: async () => (await import('./token.ts')).tokenCommand,
  },
  import: {
    usage: 'import csv|sadf|prometheus [FILE]',
    summary:
      'add history from a CSV file, from sysstat (sadf -j -- -A) or from a Prometheus server; FILE may be - or .gz',
    options: importFlags,
    load: async () => (await import('./import.ts')).importCommand,
  },
  export: {
    usage: 'export',
    summary: 'write history to stdout or a file',
    options: exportFlags,
    load: async () => (await import('./export.ts')).exportCommand,
  },
  backup: {
    usage: 'backup FILE',
    summary: 'write everything that is stored to one file, while servers go on',
    options: backupFlags,
    load: async () => (await import('./backup.ts')).backupCommand,
  },
  restore: {
    usage: 'restore FILE',
    summary: 'put a backup in the place of the database',
    options: restoreFlags,
    load: async () => (await import('./restore.ts')).restoreCommand,
  },
  'migrate-store': {
    usage: 'migrate-store',
    summary: 'copy the database of the data folder into PostgreSQL',
    options: migrateStoreFlags,
    load: async () => (await import('./migrate-store.ts')).migrateStoreCommand,
  },
  service: {
    usage: 'service install|status|remove',
    summary: 'keep serve running in the background, also after a restart',
    options: { json: { description: 'print JSON', only: ['status'] } },
    load: async () => (await import('./service.ts')).serviceCommand,
  },
};

/** Runs one command line; resolves to the exit code. Errors are one line on stderr. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  try {
    const commandLine = parseCommandLine(argv, (name) => entryOf(name)?.options ?? {});
    if (commandLine.version) return print(programVersion());
    const [name, subject] = commandLine.words;
    if (name === undefined || name === 'help') return print(help(subject));
    if (commandLine.help) return print(help(name));
    return await runCommand(name, commandLine);
  } catch (thrown) {
    const error = toOpenManagerError(thrown);
    const origin = thrown instanceof OpenManagerError ? (thrown.cause ?? thrown) : thrown;
    const detail = error.code === 'internal' ? `\n${origin instanceof Error ? origin.stack : String(origin)}` : '';
    process.stderr.write(`openmanager: ${error.message}${detail}\n`);
    return error.code === 'invalid_configuration' ? 2 : 1;
  }
}

function entryOf(name: string | undefined): CommandEntry | undefined {
  return name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
}

/** @throws `invalid_configuration` naming the commands there are */
function knownEntry(name: string): CommandEntry {
  const entry = entryOf(name);
  if (entry) return entry;
  const [near] = closest(name, Object.keys(commands), 1);
  throw new OpenManagerError(
    'invalid_configuration',
    `Unknown command "${safeName(name, 60)}". Did you mean ${near}? Valid: ${Object.keys(commands).join(', ')}.`,
  );
}

async function runCommand(name: string, commandLine: CommandLine): Promise<number> {
  const entry = knownEntry(name);
  assertUsage(entry, commandLine);
  const config = loadConfig(processSources(commandLine));
  const command = await entry.load();
  return command.run({
    config,
    commandLine,
    options: commandLine.options,
    log: createLogger(config.logLevel),
    version: programVersion(),
    print: (text) => void print(text),
  });
}

function print(text: string): 0 {
  process.stdout.write(`${text}\n`);
  return 0;
}

function help(name: string | undefined): string {
  const only = name === undefined || name === 'help' ? undefined : knownEntry(name);
  if (only) return [`openmanager ${only.usage}\n  ${only.summary}`, ...ownHelp(only), optionsHelp(only)].join('\n\n');
  const width = Math.max(...Object.values(commands).map(({ usage }) => usage.length));
  const listed = Object.values(commands).map(
    ({ usage, summary }) => `  openmanager ${usage.padEnd(width)}  ${summary}`,
  );
  return `OpenManager ${programVersion()}: an MCP server that watches servers.\n\n${listed.join('\n')}\n\n${optionsHelp()}`;
}

function ownHelp({ usage, options = {} }: CommandEntry): string[] {
  const rows = Object.entries(options).map(([name, { description, value, required = false, only }]) => {
    const needed = required === true ? 'required' : required === false ? '' : `required by ${required.join(', ')}`;
    const notes = [only === undefined ? '' : `${only.join(', ')} only`, needed].filter(Boolean).join('; ');
    return [`--${name}${value === undefined ? '' : ` ${value}`}`, `${description}${notes && ` (${notes})`}`] as const;
  });
  return rows.length === 0 ? [] : [`Flags of ${usage.split(' ')[0]}:\n${table(rows)}`];
}

function optionsHelp({ options = {} }: Pick<CommandEntry, 'options'> = {}): string {
  const rows = flagKeys
    .filter((key) => !Object.hasOwn(options, flagName(key)))
    .map((key) => [`--${flagName(key)}`, describeOption(key)] as const);
  const other = [
    ...secretKeys.map((key) => [environmentName(key), `${describeOption(key)}; not a flag, as it is secret`] as const),
    ['--config', 'path of a configuration file; default: openmanager.config.json here or in the data folder'],
    ['--help, --version', 'print and exit'],
  ] as const;
  return `Options (also as ${environmentName('port')} and so on, or in openmanager.config.json as "port"):\n${table([...rows, ...other])}`;
}

function table(rows: readonly (readonly [flag: string, text: string])[]): string {
  const width = Math.max(...rows.map(([flag]) => flag.length));
  return rows.map(([flag, text]) => `  ${flag.padEnd(width)}  ${text}`).join('\n');
}

/** Of settings whose default the schema cannot say. */
const defaultTexts: Partial<Record<ConfigKey, string>> = {
  dataDir: "the platform's folder for data",
  // It is a hundred years, so that it needs no other handling.
  retentionDays: 'none, only the size counts',
};

function describeOption(key: ConfigKey): string {
  const schema = configSchema.shape[key];
  const fallback = defaultTexts[key] ?? String(schema.safeParse(undefined).data ?? '');
  return `${schema.description}${fallback ? ` (default: ${fallback})` : ''}`;
}
