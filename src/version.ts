import { readFileSync } from 'node:fs';
import { packagePath } from './core/package-path.ts';

/** This program's version, as its package says. */
export function programVersion(): string {
  const { version } = JSON.parse(readFileSync(packagePath('package.json'), 'utf8')) as { version: string };
  return version;
}
