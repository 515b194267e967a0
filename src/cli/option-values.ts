import { OpenManagerError } from '../core/errors.ts';
import { closest, safeName } from '../core/text.ts';
import type { CommandContext } from './command.ts';

type Options = CommandContext['options'];

/** @throws `invalid_configuration` when the flag was given an empty text. */
export function textOption(options: Options, name: string): string | undefined {
  const value = options[name];
  if (value === undefined) return undefined;
  const text = String(value).trim();
  if (text === '') refuse(`--${name} is empty.`);
  return text;
}

/** @throws `invalid_configuration` naming the valid values. */
export function choiceOption<T extends string>(options: Options, name: string, valid: readonly T[]): T | undefined {
  const text = textOption(options, name);
  if (text === undefined) return undefined;
  const found = valid.find((one) => one === text);
  if (found !== undefined) return found;
  const [near] = closest(text, valid, 1);
  return refuse(`--${name}: "${safeName(text, 60)}" is unknown. Did you mean ${near}? Valid: ${valid.join(', ')}.`);
}

/** @throws `invalid_configuration` unless it is a finite number other than 0. */
export function factorOption(options: Options, name: string): number | undefined {
  const text = textOption(options, name);
  if (text === undefined) return undefined;
  const factor = Number(text);
  if (Number.isFinite(factor) && factor !== 0) return factor;
  return refuse(`--${name}: "${safeName(text, 60)}" is no number other than 0, e.g. 0.01 or 1024.`);
}

/** @throws `invalid_configuration` when a part is not `name=value`, or a name comes twice. */
export function labelsOption(options: Options, name: string): Record<string, string> {
  const labels = new Map<string, string>();
  for (const part of textOption(options, name)?.split(',') ?? []) {
    const [key = '', ...rest] = part.split('=');
    const label = key.trim();
    if (label === '' || rest.length === 0)
      refuse(`--${name}: "${safeName(part, 60)}" is no label; write name=value, several with commas between.`);
    if (labels.has(label)) refuse(`--${name}: "${safeName(label, 60)}" comes twice.`);
    labels.set(label, rest.join('=').trim());
  }
  return Object.fromEntries(labels);
}

function refuse(message: string): never {
  throw new OpenManagerError('invalid_configuration', message);
}
