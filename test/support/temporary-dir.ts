import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TemporaryDir extends Disposable {
  readonly path: string;
}

/** An empty folder that goes with everything in it. */
export function temporaryDir(): TemporaryDir {
  const path = mkdtempSync(join(tmpdir(), 'openmanager-test-'));
  return {
    path,
    // A program that is ending may still be writing; Windows refuses to remove what is open.
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }),
  };
}
