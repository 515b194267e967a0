// Holds every import against .dependency-cruiser.mjs.
//   node scripts/check-imports.mjs [--json] [FOLDER]     FOLDER: another tree to check, by the same rules
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Visitor } from '@swc/core/Visitor.js';
import { cruise } from 'dependency-cruiser';
import rules from '../.dependency-cruiser.mjs';

readUsingDeclarations();

const args = process.argv.slice(2);
const root = resolve(args.find((arg) => !arg.startsWith('--')) ?? fileURLToPath(new URL('..', import.meta.url)));
const folders = ['src', 'tools', 'resources', 'prompts', 'test', 'bench'].filter((name) =>
  existsSync(join(root, name)),
);

const { output } = await cruise(folders, {
  ...rules.options,
  baseDir: root,
  validate: true,
  ruleSet: { forbidden: rules.forbidden },
});
const violations = output.summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to }));
const cruised = output.modules.filter((module) => folders.some((name) => module.source.startsWith(`${name}/`))).length;
const written = folders.flatMap((name) => readdirSync(join(root, name), { recursive: true })).filter(isSource).length;

if (args.includes('--json')) {
  const names = rules.forbidden.map(({ name }) => name);
  process.stdout.write(`${JSON.stringify({ cruised, written, rules: names, violations })}\n`);
} else {
  for (const { rule, from, to } of violations) {
    const { comment } = rules.forbidden.find(({ name }) => name === rule);
    process.stdout.write(`${from} -> ${to}\n    ${rule}${comment ? `: ${comment}` : ''}\n`);
  }
  process.stdout.write(`imports: ${cruised} modules, ${violations.length} violations\n`);
}

// A parser that understands nothing reports no violation either.
const blind = cruised === 0 || cruised < written;
if (blind)
  process.stderr.write(`imports: read ${cruised} of ${written} TypeScript files, so this check proves nothing\n`);
process.exitCode = blind || violations.length > 0 ? 1 : 0;

function isSource(path) {
  return path.endsWith('.ts') && !path.endsWith('.d.ts');
}

/** swc parses `using` and `await using`, but the visitor that dependency-cruiser takes from it throws at them. */
function readUsingDeclarations() {
  const { visitStatement } = Visitor.prototype;
  Visitor.prototype.visitStatement = function visitAnyStatement(statement) {
    if (statement.type !== 'UsingDeclaration') return visitStatement.call(this, statement);
    this.visitVariableDeclarators(statement.decls);
    return statement;
  };
}
