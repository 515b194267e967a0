import { cpSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { packagePath } from '../../../src/core/package-path.ts';
import { temporaryDir } from '../temporary-dir.ts';

/** The built program, where a build that runs meanwhile does not replace it. */
export function copyProgram(): { readonly path: string } & Disposable {
  const folder = temporaryDir();
  for (const name of ['dist', 'package.json']) cpSync(packagePath(name), join(folder.path, name), { recursive: true });
  symlinkSync(packagePath('node_modules'), join(folder.path, 'node_modules'));
  return { path: join(folder.path, 'dist', 'main.js'), [Symbol.dispose]: () => folder[Symbol.dispose]() };
}
