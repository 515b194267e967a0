import * as z from 'zod';
import type { ChartThemeName } from '../charts/chart.ts';
import { logLevels } from '../core/log.ts';
import { Secret } from '../core/secret.ts';

/** The groups of tools; `all` means every one. */
const toolsetNames = ['observe', 'analyze', 'models', 'alerts', 'security', 'gateway', 'all', 'default'] as const;

/** Text, as it comes from a flag or the environment, is read as a number; an empty one is none, and not 0. */
const number = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (typeof value === 'string' && value.trim() !== '' ? Number(value) : value), schema);

const between = (min: number, max: number) => {
  const valid = `it must be a number from ${min} to ${max}`;
  return number(z.number(valid).min(min, valid).max(max, valid));
};

const wholeBetween = (min: number, max: number) => {
  const valid = `it must be a whole number from ${min} to ${max}`;
  return number(z.int(valid).min(min, valid).max(max, valid));
};

const text = (maxLength: number) => {
  const valid = `it must be a text of 1 to ${maxLength} characters`;
  return z.string(valid).min(1, valid).max(maxLength, valid);
};

/** Text is split at commas, as it comes from a flag or the environment. */
const list = <T extends z.ZodType>(item: T, valid: string) =>
  z.preprocess(
    (value) =>
      typeof value === 'string'
        ? value
            .split(',')
            .map((part) => part.trim())
            .filter(Boolean)
        : value,
    z.array(item, valid),
  );

const flag = z.preprocess(
  (value) => (value === 'true' || value === '1' ? true : value === 'false' || value === '0' ? false : value),
  z.boolean('it must be true or false'),
);

const urlStart = 'it must begin with postgres:// or postgresql://';

const databaseUrl = z
  .string(urlStart)
  .max(4096, 'it must have at most 4096 characters')
  .regex(/^postgres(ql)?:\/\//i, urlStart)
  .transform((url) => new Secret(url));

const hostNames = 'it must be names of at most 255 characters, with commas between';
/** The description names them. */
const fromList = 'it must be some of those named here, with commas between';

/** Every setting of the machine, with its default; units are in the names. */
export const configSchema = z.strictObject({
  dataDir: text(4096).describe('folder of the database and the token'),
  databaseUrl: databaseUrl
    .optional()
    .describe('PostgreSQL database to use in place of one in the data folder: postgres://USER:PASSWORD@HOST/DATABASE'),
  host: text(255).default('127.0.0.1').describe('address that serve binds to'),
  port: wholeBetween(0, 65_535).default(7070).describe('port of serve; 0 picks a free one'),
  allowedHosts: list(z.string(hostNames).max(255, hostNames), hostNames)
    .default([])
    .describe('host names besides localhost under which serve is reached'),
  toolsets: list(z.enum(toolsetNames, fromList), fromList)
    .default(['default'])
    .describe(`groups of tools: ${toolsetNames.join(', ')}`),
  readOnly: flag.default(false).describe('leave out every tool that changes something'),
  chartTheme: z
    .enum(['light', 'dark'] satisfies ChartThemeName[], 'it must be light or dark')
    .default('light')
    .describe('colours of charts in answers: light, dark'),
  logLevel: z
    .enum(logLevels, 'it must be one of those named here')
    .default('info')
    .describe(`what is logged to stderr: ${logLevels.join(', ')}`),
  collectIntervalSeconds: between(1, 3600).default(5).describe('time between two readings'),
  slowIntervalSeconds: between(5, 86_400)
    .default(60)
    .describe('time between two readings of filesystems and processes'),
  retentionDays: between(0.01, 36_500).default(36_500).describe('age at which history is deleted'),
  maxHistoryMegabytes: between(1, 10_000_000)
    .optional()
    .describe('size of the history beyond which the oldest is deleted (default: 1024, with PostgreSQL 102400)'),
  maxSessions: wholeBetween(1, 10_000).default(200).describe('open HTTP sessions at once'),
  sessionIdleSeconds: between(1, 86_400).default(1800).describe('time after which an unused HTTP session ends'),
  maxBodyBytes: wholeBetween(1024, 100_000_000).default(4_194_304).describe("size of an HTTP request's body"),
});

export type Config = z.output<typeof configSchema>;
export type ConfigKey = keyof Config;

export const configKeys = Object.keys(configSchema.shape) as ConfigKey[];

/** Other users of a machine can read the arguments of a process: what holds a password is no flag. */
export const secretKeys = ['databaseUrl'] as const satisfies ConfigKey[];

/** The settings that are flags, too. */
export const flagKeys: readonly ConfigKey[] = configKeys.filter((key) => !secretKeys.some((secret) => secret === key));

/** `collectIntervalSeconds` as `--collect-interval-seconds`, without the dashes in front. */
export function flagName(key: ConfigKey): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `collectIntervalSeconds` as `OPENMANAGER_COLLECT_INTERVAL_SECONDS`. */
export function environmentName(key: ConfigKey): string {
  return `OPENMANAGER_${flagName(key).replaceAll('-', '_').toUpperCase()}`;
}
