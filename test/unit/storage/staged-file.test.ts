import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createOwnerLock } from '../../../src/storage/sqlite/owner-lock.ts';
import { stageFile } from '../../../src/storage/sqlite/staged-file.ts';
import { startProgram, temporaryDir } from './support.ts';

function makeFolder(path: string, files: readonly string[]): void {
  mkdirSync(path, { recursive: true });
  for (const file of files) writeFileSync(join(path, file), '');
}

const lock = 'staged.lock';

test('a staged file removes what was left in its folder, whatever its target was', () => {
  const dir = temporaryDir();
  makeFolder(join(dir, 'a.db.partial-XXXXXX'), [lock, 'openmanager.db']);
  makeFolder(join(dir, 'backup-2026-03-01.db.partial-a1B2c3'), [
    lock,
    ...[
      'openmanager.db',
      'openmanager.db-wal',
      'openmanager.db-shm',
      'openmanager.db-journal',
      'owner.db',
      'staged.lock-journal',
    ],
  ]);
  makeFolder(join(dir, 'empty.db.partial-000000'), [lock]);
  using staged = stageFile(join(dir, 'a.db'));
  expect(readdirSync(dir).map((name) => join(dir, name))).toEqual([staged.folder]);
});

test('a staged file removes nothing that is in use, or not known to be left by one', () => {
  const dir = temporaryDir();
  const used = 'b.db.partial-XXXXXX';
  makeFolder(join(dir, used), [lock]);
  const held = createOwnerLock(join(dir, used, lock));
  onTestFinished(() => held.release());
  expect(held.acquire()).toBe(true);
  makeFolder(join(dir, 'a.db.partial-mine'), [lock]);
  makeFolder(join(dir, 'a.db.partial-XXXXXX.old'), [lock]);
  makeFolder(join(dir, '.partial-XXXXXX'), [lock]);
  makeFolder(join(dir, 'unlocked.db.partial-XXXXXX'), ['openmanager.db']);
  makeFolder(join(dir, 'more.db.partial-XXXXXX'), [lock, 'notes']);
  makeFolder(join(dir, 'nested.db.partial-XXXXXX', 'openmanager.db'), []);
  writeFileSync(join(dir, 'nested.db.partial-XXXXXX', lock), '');
  makeFolder(join(dir, 'filled.db.partial-XXXXXX'), []);
  writeFileSync(join(dir, 'filled.db.partial-XXXXXX', lock), 'text');
  writeFileSync(join(dir, 'file.db.partial-XXXXXX'), '');
  makeFolder(join(dir, 'elsewhere'), [lock]);
  symlinkSync(join(dir, 'elsewhere'), join(dir, 'link.db.partial-XXXXXX'));
  const before = readdirSync(dir, { recursive: true });
  {
    using first = stageFile(join(dir, 'a.db'));
    using second = stageFile(join(dir, 'a.db'));
    expect([first, second].map(({ folder }) => existsSync(folder))).toEqual([true, true]);
  }
  expect(readdirSync(dir, { recursive: true })).toEqual(before);
});

test('a staged file is put in its place whole, and its folder is gone', () => {
  const dir = temporaryDir();
  const staged = stageFile(join(dir, 'a.db'));
  writeFileSync(staged.file, 'whole');
  staged.place();
  staged[Symbol.dispose]();
  expect(readdirSync(dir)).toEqual(['a.db']);
});

test('several processes that stage files in one folder leave each other alone', async () => {
  const dir = temporaryDir();
  const programs = ['a.db', 'b.db', 'c.db'].map((name) => startProgram('stage', [join(dir, name), '500']));
  expect(await Promise.all(programs.map((program) => program.rest()))).toEqual([['500'], ['500'], ['500']]);
  expect(readdirSync(dir)).toEqual([]);
}, 60_000);
