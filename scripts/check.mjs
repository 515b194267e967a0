// All that must hold before a commit, quickest first; stops at the first step that fails.
//   node scripts/check.mjs [--no-tests]
import { spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const steps = [
  { name: 'format and lint', command: 'biome', args: ['check', '--error-on-warnings'] },
  { name: 'types', command: 'tsc', args: [] },
  { name: 'promises and other typed rules', command: 'oxlint', args: [] },
  { name: 'import rules', command: 'node', args: ['scripts/check-imports.mjs'] },
  { name: 'unused code', command: 'knip', args: [] },
  { name: 'tests', command: 'vitest', args: ['run'] },
];

const root = fileURLToPath(new URL('..', import.meta.url));
const wanted = process.argv.includes('--no-tests') ? steps.filter(({ name }) => name !== 'tests') : steps;

for (const { name, command, args } of wanted) {
  const startedMs = performance.now();
  const { status, error } = run(command, args);
  if (status !== 0) {
    process.stderr.write(
      `\ncheck: "${name}" failed (${[command, ...args].join(' ')})${error ? `: ${error.message}` : ''}\n`,
    );
    process.exit(1);
  }
  process.stdout.write(`check: ${name} ok (${((performance.now() - startedMs) / 1000).toFixed(1)} s)\n`);
}

function run(command, args) {
  const path = `${join(root, 'node_modules', '.bin')}${delimiter}${process.env.PATH ?? ''}`;
  return spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: path },
    shell: process.platform === 'win32',
  });
}
