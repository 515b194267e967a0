import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { stageFile } from '../../../src/storage/sqlite/staged-file.ts';
import { temporaryDir } from './support.ts';

test('a staged file removes what was left for the same target, and only what nobody uses', () => {
  const dir = temporaryDir();
  const target = join(dir, 'a.db');
  const left = ['a.db.partial-XXXXXX', 'b.db.partial-XXXXXX'];
  for (const name of left) {
    mkdirSync(join(dir, name));
    for (const file of ['staged.lock', 'openmanager.db']) writeFileSync(join(dir, name, file), '');
  }
  mkdirSync(join(dir, 'a.db.partial-mine'));
  writeFileSync(join(dir, 'a.db.partial-mine', 'notes'), '');
  using first = stageFile(target);
  using second = stageFile(target);
  expect([first, second].map(({ folder }) => existsSync(folder))).toEqual([true, true]);
  expect(readdirSync(dir).filter((name) => name.endsWith('XXXXXX'))).toEqual(['b.db.partial-XXXXXX']);
  expect(existsSync(join(dir, 'a.db.partial-mine', 'notes'))).toBe(true);
  writeFileSync(second.file, 'whole');
  second.place();
  second[Symbol.dispose]();
  expect(readdirSync(dir)).toContain('a.db');
  expect(existsSync(second.folder)).toBe(false);
});
