import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const pageSizeType = 6n;
const usual = 4096;

/** Bytes of a memory page, from AT_PAGESZ in /proc/self/auxv (getauxval(3)): 4096, on some ARM and POWER machines more. */
export function pageSize(root: string): number {
  try {
    const auxv = readFileSync(join(root, 'proc/self/auxv'));
    for (let at = 0; at + 16 <= auxv.length; at += 16) {
      if (auxv.readBigUInt64LE(at) === pageSizeType) return plausible(Number(auxv.readBigUInt64LE(at + 8)));
    }
  } catch {
    // Fixtures and other machines' roots may lack it.
  }
  return usual;
}

function plausible(bytes: number): number {
  return bytes >= 4096 && bytes <= 1024 * 1024 ? bytes : usual;
}
