import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { OpenManagerError } from '../core/errors.ts';
import { closest, safeName } from '../core/text.ts';
import type { CommandLine } from './argv.ts';
import { type Config, type ConfigKey, configKeys, configSchema, environmentName, flagName } from './schema.ts';

export interface ConfigSources {
  /** Values of the flags that were given. */
  readonly flags: CommandLine['flags'];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The path given by `--config`; without it, openmanager.config.json is looked for here and in the data folder. */
  readonly configFile: string | undefined;
  readonly workingDir: string;
  readonly platform: NodeJS.Platform;
}

/** The sources of this process. */
export function processSources({ flags, configFile }: Pick<CommandLine, 'flags' | 'configFile'>): ConfigSources {
  return { flags, configFile, environment: process.env, workingDir: process.cwd(), platform: process.platform };
}

const fileName = 'openmanager.config.json';
const prefix = 'OPENMANAGER_';

/** Says where settings are, and is none itself. */
const otherVariables = new Set(['OPENMANAGER_CONFIG']);

/**
 * The configuration: flags over environment over file over defaults.
 * @throws OpenManagerError `invalid_configuration`, which names the key, where it came from and the valid values.
 */
export function loadConfig(sources: ConfigSources): Config {
  const environment = readEnvironment(sources.environment);
  const dataDir = sources.flags.dataDir?.toString() ?? environment.dataDir ?? defaultDataDir(sources);
  const file = readFile(sources, dataDir);
  const origin = (key: ConfigKey) =>
    key in sources.flags
      ? `--${flagName(key)}`
      : key in environment
        ? environmentName(key)
        : `"${key}" in ${file.path}`;
  const merged = { dataDir, ...file.values, ...environment, ...sources.flags };
  const parsed = configSchema.safeParse(merged);
  if (!parsed.success) throw invalid(parsed.error.issues, origin);
  return { ...parsed.data, dataDir: resolve(sources.workingDir, parsed.data.dataDir) };
}

/** The configuration file that another process only reads when it is told: one that was named, or lies here. */
export function namedConfigFile(sources: ConfigSources): string | undefined {
  const given = givenConfigFile(sources) ?? fileName;
  const path = resolve(sources.workingDir, given);
  return given === fileName && !existsSync(path) ? undefined : path;
}

/** Whether a setting comes from the environment, which another process need not share. */
export function isFromEnvironment(key: ConfigKey, { flags, environment }: ConfigSources): boolean {
  return !(key in flags) && key in readEnvironment(environment);
}

function givenConfigFile({ configFile, environment }: ConfigSources): string | undefined {
  return configFile ?? (environment.OPENMANAGER_CONFIG || undefined);
}

/** The platform's folder for an application's data. */
function defaultDataDir({ environment, platform }: Pick<ConfigSources, 'environment' | 'platform'>): string {
  const home = environment.HOME ?? homedir();
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'openmanager');
  if (platform === 'win32') return join(environment.LOCALAPPDATA ?? join(home, 'AppData', 'Local'), 'openmanager');
  return join(environment.XDG_DATA_HOME || join(home, '.local', 'share'), 'openmanager');
}

function readEnvironment(environment: ConfigSources['environment']): Partial<Record<ConfigKey, string>> {
  const values: Partial<Record<ConfigKey, string>> = {};
  const known = new Map(configKeys.map((key) => [environmentName(key), key]));
  for (const [name, value] of Object.entries(environment)) {
    // Empty is how a shell or a container leaves out a variable that it lists.
    if (!name.startsWith(prefix) || otherVariables.has(name) || !value) continue;
    const key = known.get(name);
    if (!key) throw unknownKey(name, [...known.keys()], 'environment variable');
    values[key] = value;
  }
  return values;
}

function readFile(sources: ConfigSources, dataDir: string): { path: string; values: Record<string, unknown> } {
  const given = givenConfigFile(sources);
  const paths = given
    ? [resolve(sources.workingDir, given)]
    : [join(sources.workingDir, fileName), join(dataDir, fileName)];
  for (const path of paths) {
    const text = readText(path, given !== undefined);
    if (text === null) continue;
    const values = parseObject(text, path);
    const unknown = Object.keys(values).find((key) => !configKeys.includes(key as ConfigKey));
    if (unknown !== undefined) throw unknownKey(unknown, configKeys, `key in ${path}`);
    return { path, values };
  }
  return { path: fileName, values: {} };
}

function readText(path: string, required: boolean): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code;
    // ENOTDIR: the data folder is a file, which is said by who needs the folder.
    if (!required && (why === 'ENOENT' || why === 'ENOTDIR')) return null;
    throw new OpenManagerError('invalid_configuration', `The configuration file ${path} cannot be read (${why}).`, {
      cause,
    });
  }
}

function parseObject(text: string, path: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    // Not the message itself: it quotes the text, in which there may be a password.
    const [where] = /at position \d+( \(line \d+ column \d+\))?/.exec(String(error)) ?? [];
    throw new OpenManagerError('invalid_configuration', `${path} is not valid JSON${where ? ` ${where}` : ''}.`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new OpenManagerError('invalid_configuration', `${path} must hold one JSON object.`);
  }
  return value as Record<string, unknown>;
}

function unknownKey(name: string, valid: readonly string[], what: string): OpenManagerError {
  const [near] = closest(name, valid, 1);
  return new OpenManagerError(
    'invalid_configuration',
    `Unknown ${what}: ${safeName(name)}. Did you mean ${near}? Valid: ${valid.join(', ')}.`,
  );
}

function invalid(
  issues: readonly { path: PropertyKey[]; message: string }[],
  origin: (key: ConfigKey) => string,
): OpenManagerError {
  const problems = issues.map(({ path, message }) => {
    const key = path[0] as ConfigKey;
    return `${origin(key)}: ${message} (${configSchema.shape[key].description}).`;
  });
  // Each bad part of a list is an issue of its own.
  return new OpenManagerError('invalid_configuration', [...new Set(problems)].slice(0, 5).join(' '));
}
