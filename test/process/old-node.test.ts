import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packagePath } from '../../src/core/package-path.ts';

const program = packagePath('dist', 'main.js');

function start(node: string, ...options: string[]) {
  const { status, stdout, stderr } = spawnSync(node, [...options, program, '--version'], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

/** Node claims to be another version; what it can do stays the same. */
const claiming = (version: string) =>
  `data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"${version}"}})`;

const refused = (version: string) => ({
  status: 1,
  stdout: '',
  stderr: `openmanager needs Node.js 22.18 or newer, this is ${version}: see https://nodejs.org\n`,
});

describe('the version of Node', () => {
  test.each(['16.20.2', '18.20.8', '20.20.2', '22.0.0', '22.17.1'])('%s is refused in one line', (version) => {
    expect(start(process.execPath, '--import', claiming(version))).toEqual(refused(version));
  });

  test.each(['22.18.0', '22.100.1', '23.0.0', '24.0.0', '100.0.0'])('%s is accepted', (version) => {
    expect(start(process.execPath, '--import', claiming(version))).toMatchObject({ status: 0, stderr: '' });
  });
});

// What only such a Node shows: that it can read the program's first file at all.
const oldNode = findOldNode();
const missing = oldNode === undefined && process.env.CI_REQUIRE_SERVICES !== '1';
test.skipIf(missing)(`an old Node itself (${oldNode?.version ?? 'none on this machine'})`, () => {
  expect(start(oldNode?.path ?? '')).toEqual(refused(oldNode?.version ?? ''));
});

function findOldNode(): { path: string; version: string } | undefined {
  const folders = new Set([...(process.env.PATH ?? '').split(delimiter), '/usr/local/bin', '/usr/bin']);
  return [...folders]
    .map((folder) => join(folder, 'node'))
    .filter((path) => existsSync(path))
    .map((path) => ({ path, version: versionOf(path) }))
    .find(({ version }) => /^(1[468]|20|21)\./.test(version));
}

function versionOf(node: string): string {
  return spawnSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout?.trim() ?? '';
}
