// Builds dist/: the program, its worker entries and the public library, each with what it imports bundled in.
//   node scripts/build.mjs [--meta]     --meta also prints what each entry and each dynamic import loads, largest packages first
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chartAssets } from '../src/charts/drawing/assets.ts';
import { bundleOptions } from './bundle-options.ts';

const entries = {
  main: 'src/main.ts',
  'sqlite-worker': 'src/storage/sqlite/worker.ts',
  'analytics-worker': 'src/analytics-worker.ts',
  'charts-worker': 'src/charts-worker.ts',
  analytics: 'src/analytics/index.ts',
};

/** Licences that ask to travel with what is bundled (see NOTICE), by their name in dist/licenses. */
const licenses = {
  'echarts-LICENSE.txt': 'echarts/LICENSE',
  'echarts-NOTICE.txt': 'echarts/NOTICE',
  'echarts-d3-LICENSE.txt': 'echarts/licenses/LICENSE-d3',
  'zrender-LICENSE.txt': 'zrender/LICENSE',
  'roboto-LICENSE.txt': '@expo-google-fonts/roboto/LICENSE_FONT',
};

const root = fileURLToPath(new URL('..', import.meta.url));
const outdir = join(root, 'dist');
const fresh = join(root, 'node_modules', '.cache', `openmanager-build-${process.pid}`);

try {
  mkdirSync(fresh, { recursive: true });
  // Written first: a source that changes during the build is newer than the stamp (see ensure-ready.cjs).
  writeFileSync(join(fresh, '.stamp'), '');
  const { metafile, outputFiles } = await bundle();
  for (const file of outputFiles) writeOutput(file);
  await writeToolSchemas();
  for (const [name, file] of Object.entries(chartAssets)) copyPackageFile(file, name);
  for (const [name, file] of Object.entries(licenses)) copyPackageFile(file, join('licenses', name));
  finishProgram();
  declareTypes();
  replaceFolder();
  if (process.argv.includes('--meta')) printSizes(metafile);
} catch (error) {
  process.stderr.write(`build: ${error.message}\n`);
  process.exitCode = 1;
} finally {
  rmSync(fresh, { recursive: true, force: true });
}

function bundle() {
  return build({
    absWorkingDir: root,
    entryPoints: entries,
    outdir,
    write: false,
    ...bundleOptions,
    // It starts its worker by a path of its own package, so it stays a package.
    external: ['piscina'],
    metafile: true,
    logLevel: 'warning',
  });
}

function writeOutput({ path, contents }) {
  const target = join(fresh, relative(outdir, path));
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, contents);
}

function copyPackageFile(file, name) {
  const target = join(fresh, name);
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(join(root, 'node_modules', file), target);
}

/** Deriving them from zod at the start would take a tenth of it. */
async function writeToolSchemas() {
  const { tools } = await import('../tools/index.ts');
  const { inputJsonSchema, outputJsonSchema } = await import('../src/server/arguments.ts');
  const schemas = tools.map((tool) => [tool.name, { input: inputJsonSchema(tool), output: outputJsonSchema(tool) }]);
  writeFileSync(join(fresh, 'tool-schemas.json'), JSON.stringify(Object.fromEntries(schemas)));
}

function finishProgram() {
  const program = join(fresh, 'main.js');
  if (!readFileSync(program, 'utf8').startsWith('#!/usr/bin/env node\n')) {
    throw new Error('src/main.ts must start with the line #!/usr/bin/env node');
  }
  chmodSync(program, 0o755);
}

function declareTypes() {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const args = [tsc, '--project', 'tsconfig.types.json', '--outDir', join(fresh, 'types')];
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`the type declarations of openmanager/analytics failed\n${stdout}`);
}

/** Two builds may end at the same time: each puts its complete folder in place, and the last one stays. */
function replaceFolder(attempts = 20) {
  const replaced = `${fresh}-replaced`;
  try {
    if (existsSync(outdir)) renameSync(outdir, replaced);
    renameSync(fresh, outdir);
  } catch (error) {
    const takenMeanwhile = ['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(error.code);
    if (!takenMeanwhile || attempts === 0) throw error;
    replaceFolder(attempts - 1);
  } finally {
    rmSync(replaced, { recursive: true, force: true });
  }
}

function printSizes(metafile) {
  for (const [path, output] of Object.entries(metafile.outputs)) {
    if (!output.entryPoint) continue;
    const loaded = staticClosure(metafile.outputs, path);
    const total = loaded.reduce((sum, path) => sum + metafile.outputs[path].bytes, 0);
    process.stdout.write(
      `${output.entryPoint}: ${kib(total)} in ${loaded.length} files${Object.values(entries).includes(output.entryPoint) ? '' : ', on demand'}\n`,
    );
    for (const [name, bytes] of packageSizes(metafile.outputs, loaded).slice(0, 10)) {
      process.stdout.write(`  ${kib(bytes).padStart(9)}  ${name}\n`);
    }
  }
}

/** What Node loads with a file, before anything is imported dynamically. */
function staticClosure(outputs, entry, seen = new Set()) {
  if (seen.has(entry)) return [];
  seen.add(entry);
  const statics = outputs[entry].imports.filter((it) => it.kind === 'import-statement' && !it.external);
  return [entry, ...statics.flatMap((it) => staticClosure(outputs, it.path, seen))];
}

function packageSizes(outputs, paths) {
  const sizes = new Map();
  for (const path of paths) {
    for (const [input, { bytesInOutput }] of Object.entries(outputs[path].inputs)) {
      const name = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1] ?? 'openmanager';
      sizes.set(name, (sizes.get(name) ?? 0) + bytesInOutput);
    }
  }
  return [...sizes].sort((a, b) => b[1] - a[1]);
}

function kib(bytes) {
  return `${(bytes / 1024).toFixed(1)} KiB`;
}
