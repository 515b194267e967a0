import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { expect, test } from 'vitest';
import { assetPath, packagePath, runsFromSource, workerPath } from '../../../src/core/package-path.ts';

test('a file of the package is found by its absolute path', () => {
  const path = packagePath('package.json');
  expect(isAbsolute(path)).toBe(true);
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ name: 'openmanager' });
});

test("running from the sources, a worker's entry is its source", () => {
  expect(runsFromSource()).toBe(true);
  const path = workerPath(join('src', 'analytics-worker.ts'), 'analytics-worker.js');
  expect(path).toBe(packagePath('src', 'analytics-worker.ts'));
  expect(existsSync(path)).toBe(true);
});

test('running from the sources, a file of a package is where npm put it', () => {
  expect(assetPath('zod/package.json', 'zod.json')).toBe(packagePath('node_modules', 'zod', 'package.json'));
});
