import { statSync } from 'node:fs';

/** Tells whether the file at `path` is still the one that was there at the call. */
export function identifyFile(path: string): () => boolean {
  const identity = () => {
    const found = statSync(path, { bigint: true, throwIfNoEntry: false });
    return found === undefined ? 'none' : `${found.dev}/${found.ino}`;
  };
  const first = identity();
  return () => identity() === first;
}
