import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packagePath } from '../../src/core/package-path.ts';
import { run } from './run-program.ts';

export interface PackedFile {
  readonly path: string;
  readonly size: number;
}

/** What `npm pack` makes of this checkout as it is built, put into `folder`. */
export async function packPackage(folder: string): Promise<{ tarball: string; files: readonly PackedFile[] }> {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const [packed] = JSON.parse(await npm(args, packagePath())) as [{ filename: string; files: PackedFile[] }];
  return { tarball: join(folder, packed.filename), files: packed.files };
}

/** Installs a tarball into an empty project in `folder`, and returns where the package lies. */
export async function installPackage(tarball: string, folder: string): Promise<string> {
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{"name":"consumer","private":true,"type":"module"}');
  await npm(['install', '--omit=dev', '--no-audit', '--no-fund', '--prefer-offline', tarball], folder);
  return join(folder, 'node_modules', 'openmanager');
}

/** The program and what it needs beside it in one folder, as a bundle is unpacked, found through a link. */
export function unpackBundle(folder: string): string {
  const bundle = join(folder, 'bundle');
  for (const part of ['dist', 'package.json', join('node_modules', 'piscina')])
    cpSync(packagePath(part), join(bundle, part), { recursive: true });
  const link = join(folder, 'link');
  symlinkSync(bundle, link, 'junction');
  return link;
}

async function npm(args: readonly string[], cwd: string): Promise<string> {
  const command = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  // What an outer npm has set would make this one work on the outer one's package.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(?!config_(registry|cache)$)/i.test(name)),
  );
  const { exitCode, stdout, stderr } = await run(command, args, { cwd, env });
  if (exitCode !== 0) throw new Error(`npm ${args.join(' ')} ended with ${exitCode}: ${stderr}`);
  return stdout;
}
