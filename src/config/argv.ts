import { parseArgs } from 'node:util';
import { OpenManagerError } from '../core/errors.ts';
import { closest, safeName } from '../core/text.ts';
import { type ConfigKey, environmentName, flagKeys, flagName, secretKeys } from './schema.ts';

export interface CommandLine {
  /** The words before the first flag and between flags: a command and, for some, a subcommand or files. */
  readonly words: readonly string[];
  readonly flags: Readonly<Partial<Record<ConfigKey, string | boolean>>>;
  /** The command's own flags that were given, by their names without the dashes. */
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  readonly configFile: string | undefined;
  readonly help: boolean;
  readonly version: boolean;
}

/** A flag that takes a `value`, or a switch without one. */
interface Flag {
  readonly value?: string;
}

const booleanKeys: ReadonlySet<ConfigKey> = new Set(['readOnly']);
const settingFlags: ReadonlyMap<string, ConfigKey> = new Map(flagKeys.map((key) => [flagName(key), key]));
const programFlags: Readonly<Record<string, Flag>> = { config: { value: 'FILE' }, help: {}, version: {} };

/**
 * @param optionsOf the flags of a command alone, by their names without the dashes; they hide settings of the same name.
 * @throws OpenManagerError `invalid_configuration` for an unknown flag, or one without its value.
 */
export function parseCommandLine(
  argv: readonly string[],
  optionsOf: (command: string | undefined) => Readonly<Record<string, Flag>> = () => ({}),
): CommandLine {
  const common = { ...settings(), ...programFlags };
  const own = optionsOf(split(argv, common).positionals[0]);
  const known = { ...own, ...Object.fromEntries(Object.entries(common).filter(([name]) => !Object.hasOwn(own, name))) };
  const { values, positionals, tokens } = split(argv, known);
  const flags: Partial<Record<ConfigKey, string | boolean>> = {};
  const options: Record<string, string | boolean> = {};
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    assertFlag(token, known, Object.keys(own));
    const value = values[token.name] as string | boolean;
    const key = settingFlags.get(token.name);
    if (Object.hasOwn(own, token.name)) options[token.name] = value;
    else if (key) flags[key] = value;
  }
  return {
    words: positionals,
    flags,
    options,
    configFile: typeof values.config === 'string' ? values.config : undefined,
    help: values.help === true,
    version: values.version === true,
  };
}

function settings(): Record<string, Flag> {
  return Object.fromEntries([...settingFlags].map(([name, key]) => [name, booleanKeys.has(key) ? {} : { value: key }]));
}

function split(argv: readonly string[], known: Readonly<Record<string, Flag>>) {
  const options = Object.entries(known).map(([name, { value }]) => {
    const type = value === undefined ? ('boolean' as const) : ('string' as const);
    return [name, name === 'help' || name === 'version' ? { type, short: name.charAt(0) } : { type }] as const;
  });
  return parseArgs({
    args: [...argv],
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: Object.fromEntries(options),
  });
}

interface GivenFlag {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function assertFlag(
  { name, rawName, value, inlineValue }: GivenFlag,
  known: Readonly<Record<string, Flag>>,
  own: readonly string[],
): void {
  const flag = Object.hasOwn(known, name) ? known[name] : undefined;
  if (flag === undefined) throw unknownFlag(rawName, Object.keys(known), own);
  if (flag.value === undefined) {
    if (value !== undefined) throw new OpenManagerError('invalid_configuration', `--${name} takes no value.`);
    // What looks like the next flag is not taken for a value: "--data-dir --read-only" would be neither.
  } else if (value === undefined || (inlineValue === false && value.startsWith('--'))) {
    throw new OpenManagerError('invalid_configuration', `--${name} needs a value, e.g. --${name}=VALUE.`);
  }
}

function unknownFlag(rawName: string, known: readonly string[], own: readonly string[]): OpenManagerError {
  const secret = secretKeys.find((key) => rawName === `--${flagName(key)}`);
  if (secret !== undefined) {
    const where = `${environmentName(secret)}, or "${secret}" in openmanager.config.json`;
    const why = 'others on this machine can read the arguments of a process';
    return new OpenManagerError('invalid_configuration', `${rawName} is not a flag, as ${why}. Set ${where}.`);
  }
  const [near] = closest(rawName.replace(/^-+/, ''), known, 1);
  const named = own.map((name) => `--${name}`).join(', ');
  const valid = `${named}${named && ' and '}the settings that "openmanager --help" lists`;
  return new OpenManagerError(
    'invalid_configuration',
    `Unknown flag ${safeName(rawName)}. Did you mean --${near}? Valid: ${valid}.`,
  );
}
