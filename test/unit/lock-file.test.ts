import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

interface LockedPackage {
  version?: string;
  resolved?: string;
  optionalDependencies?: Record<string, string>;
}

const lock = JSON.parse(readFileSync(join(import.meta.dirname, '../../package-lock.json'), 'utf8')) as {
  packages: Record<string, LockedPackage>;
};

// npm writes a lock file without the packages of other systems when it made it beside an existing node_modules, and
// `npm ci` then refuses it (https://github.com/npm/cli/issues/4828).
test('the lock file names the packages of every system, so that npm ci works on each', () => {
  const missing = Object.entries(lock.packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter((name) => !isLocked(path, name)),
  );
  expect(missing).toEqual([]);
});

test('the lock file names no registry, so that each machine may use its own', () => {
  const resolved = Object.entries(lock.packages).filter(([, it]) => it.resolved !== undefined);
  expect(resolved).toEqual([]);
});

/** Whether `name`, wanted by the package at `path`, is there or in a node_modules above it. */
function isLocked(path: string, name: string): boolean {
  if (`${path === '' ? '' : `${path}/`}node_modules/${name}` in lock.packages) return true;
  return path !== '' && isLocked(path.slice(0, Math.max(0, path.lastIndexOf('node_modules/') - 1)), name);
}
