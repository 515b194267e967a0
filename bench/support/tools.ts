import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The path of a program of the benches' tools: in BENCH_TOOLS, by default `../shared/tools` beside this checkout. Without it
 * the process ends with exit code 2, as a bench that measured nothing must not look like one that passed.
 */
export function toolPath(name: string): string {
  const path = join(process.env.BENCH_TOOLS ?? join(import.meta.dirname, '../../../shared/tools'), name);
  if (existsSync(path)) return path;
  console.error(`bench: no ${name} at ${path}; set BENCH_TOOLS to the folder that holds it.`);
  process.exit(2);
}
