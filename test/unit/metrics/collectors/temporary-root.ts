import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const fixtures = join(import.meta.dirname, '../../../support/fixtures/linux');

export type Machine = 'container' | 'many-disks' | 'old-kernel' | 'many-cores' | 'garbage';

export function fixtureRoot(machine: Machine): string {
  return join(fixtures, machine);
}

export interface TemporaryRoot extends Disposable {
  readonly root: string;
  write(path: string, content: string | Uint8Array): void;
  remove(path: string): void;
}

/** A machine's root whose files a test may change; begins as a copy of `machine` where one is given. */
export function createTemporaryRoot(machine?: Machine): TemporaryRoot {
  const root = mkdtempSync(join(tmpdir(), 'openmanager-root-'));
  if (machine !== undefined) cpSync(fixtureRoot(machine), root, { recursive: true });
  return {
    root,
    write(path, content) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content);
    },
    remove: (path) => rmSync(join(root, path), { recursive: true, force: true }),
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}
