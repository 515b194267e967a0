import { parseArgs } from 'node:util';
import { OpenManagerError } from '../core/errors.ts';
import { closest, safeName } from '../core/text.ts';
import { type ConfigKey, configKeys, flagName } from './schema.ts';

export interface CommandLine {
  /** The words before the first flag and between flags: a command and, for some, a subcommand. */
  readonly words: readonly string[];
  readonly flags: Readonly<Partial<Record<ConfigKey, string | boolean>>>;
  readonly configFile: string | undefined;
  readonly help: boolean;
  readonly version: boolean;
  readonly json: boolean;
}

const booleanKeys: ReadonlySet<ConfigKey> = new Set(['readOnly']);
const otherFlags = ['config', 'help', 'version', 'json'] as const;

/** @throws OpenManagerError `invalid_configuration` for an unknown flag, or one without its value. */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const keyOf = new Map(configKeys.map((key) => [flagName(key), key]));
  const { values, positionals, tokens } = parseArgs({
    args: [...argv],
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: {
      ...Object.fromEntries(
        configKeys.map((key) => [flagName(key), { type: booleanKeys.has(key) ? 'boolean' : 'string' } as const]),
      ),
      config: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean', short: 'v' },
      json: { type: 'boolean' },
    },
  });
  const valid = [...keyOf.keys(), ...otherFlags];
  const flags: Partial<Record<ConfigKey, string | boolean>> = {};
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    if (!valid.includes(token.name)) throw unknownFlag(token.rawName, valid);
    const key = keyOf.get(token.name);
    const value = values[token.name];
    const needsValue = token.name === 'config' || (key !== undefined && !booleanKeys.has(key));
    // What looks like the next flag is not taken for a value: "--data-dir --read-only" would be neither.
    const missing = typeof value !== 'string' || (token.inlineValue === false && token.value.startsWith('--'));
    if (needsValue && missing) {
      throw new OpenManagerError('invalid_configuration', `--${token.name} needs a value, e.g. --${token.name}=VALUE.`);
    }
    if (!needsValue && token.value !== undefined) {
      throw new OpenManagerError('invalid_configuration', `--${token.name} takes no value.`);
    }
    if (key) flags[key] = value as string | boolean;
  }
  return {
    words: positionals,
    flags,
    configFile: typeof values.config === 'string' ? values.config : undefined,
    help: values.help === true,
    version: values.version === true,
    json: values.json === true,
  };
}

function unknownFlag(rawName: string, valid: readonly string[]): OpenManagerError {
  const [near] = closest(rawName.replace(/^-+/, ''), valid, 1);
  return new OpenManagerError(
    'invalid_configuration',
    `Unknown flag ${safeName(rawName)}. Did you mean --${near}? Valid: ${valid.map((name) => `--${name}`).join(', ')}.`,
  );
}
