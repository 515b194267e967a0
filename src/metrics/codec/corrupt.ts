import { OpenManagerError } from '../../core/errors.ts';

/** The error of stored samples that cannot be what was written. */
export function corrupt(what: string): OpenManagerError {
  return new OpenManagerError('storage_corrupt', `A stored chunk of samples is damaged: ${what}.`);
}
