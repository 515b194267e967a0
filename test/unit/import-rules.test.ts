import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

interface Report {
  cruised: number;
  written: number;
  rules: string[];
  violations: { rule: string; from: string; to: string }[];
}

/** Rules that the import of `to` by a file in `from` breaks; none = it is allowed. */
interface Case {
  from: string;
  to: string;
  typeOnly?: boolean;
  breaks: string[];
}

const engineFolders = [
  'storage',
  'metrics',
  'analytics',
  'inference',
  'alerts',
  'notify',
  'charts',
  'security',
  'gateway',
  'companions',
] as const;

/** The engines that each one may import beside core, and those it may know by type alone. */
const allowed: Record<(typeof engineFolders)[number], { values: string[]; types?: string[] }> = {
  storage: { values: [] },
  metrics: { values: ['storage', 'analytics'] },
  analytics: { values: [] },
  inference: { values: ['storage'], types: ['analytics'] },
  alerts: { values: ['storage', 'metrics', 'analytics', 'notify'] },
  notify: { values: ['storage'] },
  charts: { values: ['storage'], types: ['analytics', 'metrics'] },
  security: { values: ['storage'] },
  gateway: { values: ['storage'] },
  companions: { values: ['storage'] },
};

const aboveEngines = [
  'src/server/define.ts',
  'src/app.ts',
  'src/build-app.ts',
  'src/cli/leaf.ts',
  'src/config/leaf.ts',
  'tools/leaf.ts',
  'resources/leaf.ts',
  'prompts/leaf.ts',
];

const engineCases: Case[] = engineFolders.flatMap((engine): Case[] => {
  const from = `src/${engine}/`;
  const others = engineFolders.filter((other) => other !== engine);
  const { values, types = [] } = allowed[engine];
  return [
    { from, to: 'src/core/leaf.ts', breaks: [] },
    { from, to: `src/${engine}/leaf.ts`, breaks: [] },
    ...aboveEngines.flatMap((to) => [
      { from, to, breaks: [`${engine}-imports`, ...atTheEdge(to)] },
      { from, to, typeOnly: true, breaks: [`${engine}-imports`] },
    ]),
    ...others.flatMap((other): Case[] => {
      const to = `src/${other}/leaf.ts`;
      if (values.includes(other)) return [{ from, to, breaks: [] }];
      if (!types.includes(other)) return [{ from, to, typeOnly: true, breaks: [`${engine}-imports`] }];
      return [
        { from, to, breaks: [`${engine}-imports-types-only`] },
        { from, to, typeOnly: true, breaks: [] },
      ];
    }),
  ];
});

function atTheEdge(to: string): string[] {
  return to.startsWith('src/config/') ? ['config-stays-at-the-edge'] : [];
}

const definitionCases: Case[] = ['tools', 'resources', 'prompts'].flatMap((name): Case[] => {
  const from = `${name}/`;
  const imports = [`${name}-imports`];
  return [
    { from, to: 'zod', breaks: [] },
    { from, to: 'src/server/define.ts', breaks: [] },
    { from, to: 'src/app.ts', typeOnly: true, breaks: [] },
    { from, to: 'src/core/leaf.ts', typeOnly: true, breaks: [] },
    { from, to: 'src/metrics/leaf.ts', typeOnly: true, breaks: [] },
    { from, to: 'src/app.ts', breaks: [`${name}-types-only`] },
    { from, to: 'src/core/leaf.ts', breaks: [`${name}-types-only`] },
    { from, to: 'src/metrics/leaf.ts', breaks: [`${name}-types-only`] },
    { from, to: `${name}/leaf.ts`, breaks: [`${name}-import-no-sibling`] },
    { from, to: 'src/server/leaf.ts', breaks: imports },
    { from, to: 'src/config/leaf.ts', typeOnly: true, breaks: imports },
    { from, to: 'src/build-app.ts', breaks: imports },
    { from, to: '@modelcontextprotocol/server', breaks: imports },
    { from, to: 'node:fs', breaks: imports },
    { from, to: `${name === 'tools' ? 'prompts' : 'tools'}/leaf.ts`, breaks: imports },
  ];
});

const otherCases: Case[] = [
  { from: 'src/core/', to: 'src/storage/leaf.ts', typeOnly: true, breaks: ['core-imports'] },
  { from: 'src/core/', to: 'src/app.ts', breaks: ['core-imports'] },
  { from: 'src/core/', to: 'node:fs', breaks: [] },
  { from: 'src/analytics/', to: 'node:fs', breaks: ['analytics-is-pure'] },
  { from: 'src/metrics/', to: '@modelcontextprotocol/client', breaks: ['no-mcp-in-engines'] },
  { from: 'src/', to: '@modelcontextprotocol/server', breaks: ['no-mcp-in-engines'] },
  { from: 'src/config/', to: '@modelcontextprotocol/server', breaks: ['no-mcp-in-engines'] },
  { from: 'src/server/', to: '@modelcontextprotocol/server', breaks: [] },
  { from: 'src/gateway/', to: '@modelcontextprotocol/client', breaks: [] },
  { from: 'src/gateway/', to: '@modelcontextprotocol/server', breaks: ['gateway-mcp-client-only'] },
  { from: 'src/companions/', to: '@modelcontextprotocol/server', breaks: [] },
  { from: 'src/companions/', to: '@modelcontextprotocol/client', breaks: ['companions-mcp-server-only'] },
  { from: 'src/server/', to: '@modelcontextprotocol/sdk', breaks: ['no-mcp-sdk-v1'] },
  { from: 'test/', to: '@modelcontextprotocol/sdk', breaks: [] },
  { from: 'src/config/', to: 'src/core/leaf.ts', breaks: [] },
  { from: 'src/config/', to: 'src/metrics/leaf.ts', typeOnly: true, breaks: [] },
  { from: 'src/config/', to: 'src/metrics/leaf.ts', breaks: ['config-imports'] },
  { from: 'src/server/', to: 'src/config/leaf.ts', typeOnly: true, breaks: [] },
  { from: 'src/server/', to: 'src/config/leaf.ts', breaks: ['config-stays-at-the-edge'] },
  { from: 'src/cli/', to: 'src/config/leaf.ts', breaks: [] },
  { from: 'src/server/', to: 'src/security/leaf.ts', breaks: [] },
  { from: 'src/server/', to: 'src/app.ts', typeOnly: true, breaks: [] },
  { from: 'src/server/', to: 'src/build-app.ts', breaks: ['server-imports'] },
  { from: 'src/server/', to: 'tools/leaf.ts', breaks: ['server-imports'] },
  { from: 'src/server/', to: 'resources/leaf.ts', breaks: ['server-imports'] },
  { from: 'src/server/', to: 'prompts/leaf.ts', typeOnly: true, breaks: ['server-imports'] },
  { from: 'src/', to: 'src/server/define.ts', breaks: ['root-imports'] },
  { from: 'src/', to: 'tools/leaf.ts', breaks: ['root-imports'] },
  { from: 'src/', to: 'src/metrics/leaf.ts', breaks: [] },
  { from: 'src/cli/', to: 'tools/leaf.ts', breaks: [] },
  { from: 'src/cli/', to: 'src/main.ts', breaks: ['nothing-imports-main'] },
  { from: 'src/charts/', to: 'src/charts/drawing/leaf.ts', typeOnly: true, breaks: [] },
  { from: 'src/charts/', to: 'src/charts/drawing/leaf.ts', breaks: ['drawing-in-its-worker'] },
  { from: 'src/charts/', to: 'echarts', breaks: ['drawing-in-its-worker'] },
  { from: 'src/', to: '@resvg/resvg-wasm', breaks: ['drawing-in-its-worker'] },
  { from: 'src/charts/drawing/', to: 'echarts', breaks: [] },
  { from: 'src/charts/drawing/', to: 'src/charts/leaf.ts', breaks: [] },
  { from: 'src/metrics/', to: 'kysely', breaks: ['sql-in-stores'] },
  { from: 'src/storage/', to: 'kysely', breaks: [] },
  { from: 'src/server/', to: 'models/m/golden.ts', breaks: ['models-are-artefacts'] },
  { from: 'bench/', to: 'test/leaf.ts', breaks: [] },
  { from: 'src/server/', to: 'test/leaf.ts', breaks: ['nothing-imports-tests'] },
  { from: 'test/', to: 'bench/leaf.ts', breaks: ['nothing-imports-benches'] },
  { from: 'test/', to: 'tools/leaf.ts', breaks: [] },
  { from: 'bench/', to: 'src/analytics/leaf.ts', breaks: [] },
  { from: 'src/server/', to: 'src/server/missing.ts', breaks: ['resolvable'] },
];

/** Files that are violations by themselves, or that the rules allow in spite of their looks. */
const fixedFiles: Record<string, { content: string; breaks: string[] }> = {
  'src/app.ts': {
    content: "export type { Leaf } from './metrics/leaf.ts';\nimport './core/leaf.ts';",
    breaks: ['app-is-types'],
  },
  'src/build-app.ts': {
    content: "import './metrics/leaf.ts';\nimport type { Leaf } from './config/leaf.ts';",
    breaks: [],
  },
  'src/main.ts': {
    content: "await import('../tools/index.ts');\nawait import('./server/leaf.ts');\nawait import('./config/leaf.ts');",
    breaks: [],
  },
  'src/metrics/metric-store.ts': { content: "import 'kysely';", breaks: [] },
  'src/metrics/dynamic.ts': {
    content: "export const load = () => import('../server/leaf.ts');",
    breaks: ['metrics-imports'],
  },
  'src/metrics/reexport.ts': { content: "export * from '../server/leaf.ts';", breaks: ['metrics-imports'] },
  'src/metrics/using.ts': {
    content: [
      "await using source = await import('../server/leaf.ts');",
      'for (using item of []) item;',
      "export const load = async () => { using it = await import('../app.ts'); };",
    ].join('\n'),
    breaks: ['metrics-imports'],
  },
  'src/metrics/nested.ts': {
    content: "export class C { static { for (;;) void [() => import('../server/leaf.ts')]; } }",
    breaks: ['metrics-imports'],
  },
  'src/server/cycle-a.ts': { content: "import './cycle-b.ts';", breaks: ['no-cycle'] },
  'src/server/cycle-b.ts': { content: "import './cycle-a.ts';", breaks: [] }, // a cycle is reported once
  'src/server/orphan.ts': { content: 'export {};', breaks: ['no-orphan'] },
  'src/charts-worker.ts': { content: "import './charts/drawing/leaf.ts';", breaks: [] },
  'tools/index.ts': { content: "import './leaf.ts';", breaks: [] },
};

const cases = [...engineCases, ...definitionCases, ...otherCases].map((it, index) => ({
  ...it,
  file: `${it.from}case-${index}.ts`,
  what: `${it.typeOnly ? 'types of ' : ''}${it.to}`,
}));

let tree: string;
let report: Report;

beforeAll(() => {
  tree = mkdtempSync(join(tmpdir(), 'import-rules-'));
  const folders = [...engineFolders, 'charts/drawing', 'core', 'config', 'server', 'cli'].map((name) => `src/${name}`);
  for (const folder of [...folders, 'tools', 'resources', 'prompts', 'test', 'bench']) {
    write(`${folder}/leaf.ts`, 'export interface Leaf {}\nexport const leaf = 1;');
    write(`test/uses-${folder.replaceAll('/', '-')}.ts`, folder === 'bench' ? '' : `import '../${folder}/leaf.ts';`);
  }
  write('src/server/define.ts', 'export const defineTool = 1;\nexport interface Leaf {}');
  write('models/m/golden.ts', 'export const leaf = 1;');
  for (const [path, { content }] of Object.entries(fixedFiles)) write(path, content);
  for (const it of cases) write(it.file, importLine(it));
  installPackages([
    'zod',
    'kysely',
    'echarts',
    '@resvg/resvg-wasm',
    ...['client', 'server', 'sdk'].map((name) => `@modelcontextprotocol/${name}`),
  ]);
  report = checkImports(tree).report;
});

afterAll(() => rmSync(tree, { recursive: true, force: true }));

describe('the import rules', () => {
  test.each([...new Set(cases.map(({ from }) => from))])('hold for a file in %s', (folder) => {
    const here = cases.filter(({ from }) => from === folder);
    const actual = Object.fromEntries(here.map(({ what, file }) => [what, broken(file)]));
    expect(actual).toEqual(Object.fromEntries(here.map(({ what, breaks }) => [what, [...breaks].sort()])));
  });

  test.each(Object.entries(fixedFiles))('hold for %s', (file, { breaks }) => {
    expect(broken(file)).toEqual([...breaks].sort());
  });

  test('each of them is broken by some case above', () => {
    const proved = new Set([...cases, ...Object.values(fixedFiles)].flatMap(({ breaks }) => breaks));
    expect(report.rules.filter((rule) => !proved.has(rule))).toEqual([]);
  });

  test('every TypeScript file is read', () => {
    expect(report.cruised).toBeGreaterThanOrEqual(report.written);
    expect(report.written).toBeGreaterThan(cases.length);
  });

  test('a check that read nothing fails', () => {
    const empty = join(tree, 'empty');
    mkdirSync(join(empty, 'src'), { recursive: true });
    const { status, stderr } = checkImports(empty);
    expect(status).toBe(1);
    expect(stderr).toContain('proves nothing');
  });
});

function broken(file: string): string[] {
  const rules = report.violations.filter(({ from }) => from === file).map(({ rule }) => rule);
  return [...new Set(rules)].sort();
}

function importLine({ from, to, typeOnly }: Case): string {
  const isFile = to.endsWith('.ts');
  const path = isFile ? relative(from, to) : to;
  const specifier = isFile && !path.startsWith('.') ? `./${path}` : path;
  return typeOnly ? `import type { Leaf } from '${specifier}';\nexport type { Leaf };` : `import '${specifier}';`;
}

function write(path: string, content: string): void {
  const file = join(tree, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${content}\n`);
}

function installPackages(names: string[]): void {
  const dependencies = Object.fromEntries(names.map((name) => [name, '1.0.0']));
  write('package.json', JSON.stringify({ name: 'fixture', type: 'module', dependencies }));
  for (const name of names) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', exports: './index.js' }));
    write(`node_modules/${name}/index.js`, 'export {};');
  }
}

function checkImports(folder: string) {
  const script = join(import.meta.dirname, '../../scripts/check-imports.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, '--json', folder], { encoding: 'utf8' });
  return { status, stderr, report: JSON.parse(stdout) as Report };
}
