import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Where a user's programs keep their configuration (XDG Base Directory Specification: a relative path is ignored). */
export function userConfigDir(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  const given = environment.XDG_CONFIG_HOME ?? '';
  return isAbsolute(given) ? given : join(environment.HOME || homedir(), '.config');
}
