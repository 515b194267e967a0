import type { CommandLine } from '../config/argv.ts';
import { OpenManagerError } from '../core/errors.ts';
import { closest, safeName } from '../core/text.ts';
import type { CommandEntry } from './command.ts';

/** Holds the words and flags of a command line against what its command takes, before it is loaded. */
export function assertUsage({ usage, options = {} }: CommandEntry, { words, options: given }: CommandLine): void {
  const places = usage.split(' ').filter((place) => !place.startsWith('[-'));
  const extra = words[places.length];
  if (extra !== undefined) refuse(`Unexpected "${safeName(extra, 60)}". Use: openmanager ${usage}.`);
  for (const [i, place] of places.entries()) if (place.includes('|')) assertOneOf(words[i], place.split('|'), usage);
  const [command, subcommand = ''] = words;
  for (const [name, { value, required = false, only }] of Object.entries(options)) {
    const isGiven = given[name] !== undefined;
    if (isGiven && only !== undefined && !only.includes(subcommand))
      refuse(`--${name} is no flag of "${command} ${subcommand}", but of ${listed(only, command)}.`);
    const isRequired = typeof required === 'boolean' ? required : required.includes(subcommand);
    const shown = [command, subcommand].filter(Boolean).join(' ');
    if (isRequired && !isGiven)
      refuse(`"openmanager ${shown}" needs --${name} ${value}; "openmanager help ${command}" says more.`);
  }
}

function assertOneOf(word: string | undefined, valid: readonly string[], usage: string): void {
  if (word !== undefined && valid.includes(word)) return;
  if (word === undefined) refuse(`Say which: ${valid.join(', ')}. Use: openmanager ${usage}.`);
  const [near] = closest(word, valid, 1);
  refuse(`Unknown "${safeName(word, 60)}". Did you mean ${near}? Valid: ${valid.join(', ')}.`);
}

function listed(subcommands: readonly string[], command: string | undefined): string {
  return subcommands.map((name) => `"${command} ${name}"`).join(' and ');
}

function refuse(message: string): never {
  throw new OpenManagerError('invalid_configuration', message);
}
