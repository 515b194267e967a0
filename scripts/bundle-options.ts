import { isBuiltin } from 'node:module';
import { relative } from 'node:path';
import type { BuildOptions, Plugin } from 'esbuild';

/**
 * Node's own modules are taken by process.getBuiltinModule: an `import` of node:fs reads each of its exports, and so
 * loads streams and more of which a start needs nothing. Here what is imported by name is read, and nothing else. Each
 * importer has its own such line, as one that several share would become a file of its own.
 */
const builtinsOnDemand: Plugin = {
  name: 'builtins-on-demand',
  setup({ initialOptions, onResolve, onLoad }) {
    onResolve({ filter: /^(node:)?[a-z0-9_/]+$/ }, ({ path, kind, importer }) => {
      if (!isBuiltin(path)) return;
      const name = path.replace(/^(node:)?/, 'node:');
      if (kind === 'require-call') return { path: name, namespace: 'builtin-required', sideEffects: false };
      const suffix = `?${relative(initialOptions.absWorkingDir ?? '', importer)}`;
      return { path: name, suffix, namespace: 'builtin', sideEffects: false };
    });
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({ contents: exportsOf(path) }));
    onLoad({ filter: /.*/, namespace: 'builtin-required' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
    }));
  },
};

/** An ES module of which esbuild keeps what is used. */
function exportsOf(path: string): string {
  const names = Object.keys(process.getBuiltinModule(path) ?? {}).filter((name) => /^[a-zA-Z]\w*$/.test(name));
  return [
    `const builtin = /* @__PURE__ */ process.getBuiltinModule(${JSON.stringify(path)});`,
    'export default builtin;',
    ...names.map((name) => `export const ${name} = /* @__PURE__ */ (() => builtin.${name})();`),
  ].join('\n');
}

/** How the program is bundled, and what benches compare it with. */
export const bundleOptions = {
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22.18',
  chunkNames: 'chunks/[name]-[hash]',
  plugins: [builtinsOnDemand],
  // ECharts leaves its advice to developers out.
  define: { 'process.env.NODE_ENV': '"production"' },
  minifySyntax: true,
  // Else comments stay, and one letter beyond Latin-1 in them makes V8 keep the whole file in two bytes a letter.
  minifyWhitespace: true,
  // So that a stack trace still says where.
  lineLimit: 120,
  legalComments: 'linked',
  sourcemap: 'linked',
  sourcesContent: false,
} as const satisfies BuildOptions;
