#!/usr/bin/env node
// Nothing is imported here before the version is known: an older Node lacks modules that the rest needs at its start.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `openmanager needs Node.js 22.18 or newer, this is ${process.versions.node}: see https://nodejs.org\n`,
  );
  process.exit(1);
}
const { setFlagsFromString } = process.getBuiltinModule('node:v8');
const { enableCompileCache } = process.getBuiltinModule('node:module');
// A server that answers small requests lives on short-lived garbage. Left to grow, the space for it takes 30 MB more, and
// is slower, because it no longer fits into the processor's cache.
setFlagsFromString('--semi-space-growth-factor=1');
// Each message leaves garbage that only a full collection takes, for which V8 would wait until the heap is four times as
// large as what is alive in it.
setFlagsFromString('--heap-growing-percent=100');
// Compiled code is kept beside the code that it belongs to: whoever may change one may change the other, and a new version
// takes it along. Where this folder cannot be written, starts are slower and nothing else.
if (import.meta.filename.endsWith('.js')) enableCompileCache(`${import.meta.dirname}/.cache`);
const { runCommandLine } = await import('./cli/run.ts');
process.exitCode = await runCommandLine(process.argv.slice(2));
