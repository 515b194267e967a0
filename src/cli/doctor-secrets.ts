import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/schema.ts';
import type { Finding } from './finding.ts';

/** Files beside the token that may hold the password of a database and that others can read; none where all is well. */
export function exposedSecrets({ dataDir }: Config, namedConfigFile: string | undefined): Finding[] {
  const configFiles = new Set([namedConfigFile ?? [], join(dataDir, 'openmanager.config.json')].flat());
  const files = [...[...configFiles].filter(holdsDatabaseUrl), join(dataDir, 'service.env')];
  return files.flatMap((file) => {
    const mode = modeForOthers(file);
    if (mode === undefined) return [];
    const found = `${file} may hold a password and can be read by others (mode ${mode})`;
    return [{ check: 'secrets', state: 'warning', found, fix: `chmod 600 ${file}` }];
  });
}

/** The mode of a file in octal when others than its owner may use it; undefined when not, or when there is none. */
export function modeForOthers(file: string): string | undefined {
  const mode = (statSync(file, { throwIfNoEntry: false })?.mode ?? 0) & 0o777;
  return process.platform === 'win32' || (mode & 0o077) === 0 ? undefined : mode.toString(8);
}

function holdsDatabaseUrl(file: string): boolean {
  try {
    return readFileSync(file, 'utf8').includes('"databaseUrl"');
  } catch {
    // What others can read, but not this user, is theirs.
    return false;
  }
}
