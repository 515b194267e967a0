import { isBuiltin } from 'node:module';
import type { BuildOptions, Plugin } from 'esbuild';

/**
 * Node's own modules are taken by process.getBuiltinModule: an `import` of node:fs reads each of its exports, and so
 * loads streams and more of which a start needs nothing. It serves require() in packages written as CommonJS too.
 */
const builtinsOnDemand: Plugin = {
  name: 'builtins-on-demand',
  setup({ onResolve, onLoad }) {
    // A dynamic import of one would find a default export alone: such code takes process.getBuiltinModule itself.
    onResolve({ filter: /^(node:)?[a-z0-9_/]+$/ }, ({ path }) =>
      isBuiltin(path)
        ? { path: path.replace(/^(node:)?/, 'node:'), namespace: 'builtin', sideEffects: false }
        : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
    }));
  },
};

/** How the program is bundled, and what benches compare it with. */
export const bundleOptions = {
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22.18',
  chunkNames: 'chunks/[name]-[hash]',
  plugins: [builtinsOnDemand],
  minifySyntax: true,
  legalComments: 'linked',
  sourcemap: 'linked',
  sourcesContent: false,
} as const satisfies BuildOptions;
