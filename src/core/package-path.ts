import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Absolute path of a file that is read at run time (a worker entry, a page, a model), wherever the program runs from:
 * the sources, `dist`, an installed package or an unpacked bundle. The package's root is the nearest folder above this
 * module that holds a package.json.
 */
export function packagePath(...segments: string[]): string {
  return join(packageRoot(), ...segments);
}

/** The path of a worker's entry: the source file when running from the sources, else its bundle in `dist`. */
export function workerPath(source: string, bundle: string): string {
  return runsFromSource() ? packagePath(source) : packagePath('dist', bundle);
}

/** The path of a file that a package brings: in `node_modules` when running from the sources, else its copy in `dist`. */
export function assetPath(packageFile: string, copy: string): string {
  return runsFromSource() ? packagePath('node_modules', packageFile) : packagePath('dist', copy);
}

export function runsFromSource(): boolean {
  return import.meta.url.endsWith('.ts');
}

let root: string | undefined;

function packageRoot(): string {
  root ??= nearestPackage(dirname(fileURLToPath(import.meta.url)));
  return root;
}

function nearestPackage(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error('no package.json above the program');
  return nearestPackage(parent);
}
