// Which part may import which (docs/architecture.md, "Who may import whom"). Each rule is proved to fire by
// test/unit/import-rules.test.ts: add its violation there when you add a rule here.

/** The folders under src/ that do the work: they know nothing of MCP, of the configuration or of each other's insides. */
const engines = [
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
];

/** What an engine may import beside itself. `types` = type-only imports. analytics: core alone; storage: the same. */
const downward = {
  storage: { values: ['core'] },
  metrics: { values: ['core', 'storage', 'analytics'] },
  analytics: { values: ['core'] },
  inference: { values: ['core', 'storage'], types: ['analytics'] },
  alerts: { values: ['core', 'storage', 'metrics', 'analytics', 'notify'] },
  notify: { values: ['core', 'storage'] },
  charts: { values: ['core', 'storage'], types: ['analytics', 'metrics'] },
  security: { values: ['core', 'storage'] },
  gateway: { values: ['core', 'storage'] },
  companions: { values: ['core', 'storage'] },
};

const definitions = ['tools', 'resources', 'prompts'];
const ours = '^(src|tools|resources|prompts|test|bench|scripts|models|training)/';
const sdk = '(^|/)@modelcontextprotocol/';
const source = '^(src|tools|resources|prompts)/';

const folders = (names) => `^src/(${names.join('|')})/`;

const engineRules = Object.entries(downward).flatMap(([name, { values, types = [] }]) => {
  const rule = (suffix, allowed, to) => ({
    name: `${name}-imports${suffix}`,
    comment: `${name} may import only: ${allowed.join(', ')}.`,
    severity: 'error',
    from: { path: `^src/${name}/` },
    to,
  });
  const reachable = [name, ...values, ...types];
  return [
    rule('', reachable, { path: ours, pathNot: folders(reachable) }),
    ...(types.length === 0
      ? []
      : [rule('-types-only', values, { path: folders(types), dependencyTypesNot: ['type-only'] })]),
  ];
});

const definitionRules = definitions.flatMap((name) => [
  {
    name: `${name}-imports`,
    comment: `A file in ${name}/ imports zod, src/server/define.ts and types. What it does is reached through call.app.`,
    severity: 'error',
    from: { path: `^${name}/` },
    to: {
      pathNot: [
        '(^|/)zod($|/)',
        '^src/server/define\\.ts$',
        '^src/app\\.ts$',
        '^src/core/',
        folders(engines),
        `^${name}/`,
      ],
    },
  },
  {
    name: `${name}-types-only`,
    comment: `${name}/ knows the app and the engines by their types alone.`,
    severity: 'error',
    from: { path: `^${name}/` },
    to: { path: ['^src/app\\.ts$', '^src/core/', folders(engines)], dependencyTypesNot: ['type-only'] },
  },
  {
    name: `${name}-import-no-sibling`,
    comment: `Only ${name}/index.ts imports the files beside it; what two of them share belongs below.`,
    severity: 'error',
    from: { path: `^${name}/`, pathNot: `^${name}/index\\.ts$` },
    to: { path: `^${name}/` },
  },
]);

export default {
  forbidden: [
    {
      name: 'core-imports',
      comment: 'core imports nothing of ours.',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { path: ours, pathNot: '^src/core/' },
    },
    ...engineRules,
    {
      name: 'analytics-is-pure',
      comment: 'analytics does no I/O: typed arrays in, plain objects out.',
      severity: 'error',
      from: { path: '^src/analytics/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'no-mcp-in-engines',
      comment:
        'Only the server speaks MCP; gateway is a client, companions are servers, main and cli put them together.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(server|gateway|companions|cli)/|^src/main\\.ts$' },
      to: { path: sdk },
    },
    {
      name: 'gateway-mcp-client-only',
      severity: 'error',
      from: { path: '^src/gateway/' },
      to: { path: sdk, pathNot: `${sdk}client($|/)` },
    },
    {
      name: 'companions-mcp-server-only',
      severity: 'error',
      from: { path: '^src/companions/' },
      to: { path: sdk, pathNot: `${sdk}server($|/)` },
    },
    {
      name: 'no-mcp-sdk-v1',
      comment: 'The old SDK is a peer in tests, never a part of the program.',
      severity: 'error',
      from: { path: source },
      to: { path: `${sdk}sdk($|/)` },
    },
    {
      name: 'config-imports',
      comment: 'The configuration is a schema and pure readers: core alone, and types.',
      severity: 'error',
      from: { path: '^src/config/' },
      to: { path: ours, pathNot: '^src/(config|core)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'config-stays-at-the-edge',
      comment: 'Everyone but main and cli gets a slice of the configuration as an argument; its types are enough.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(config|cli)/|^src/main\\.ts$' },
      to: { path: '^src/config/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'server-imports',
      comment: 'The server receives the definitions, the app and its settings as data.',
      severity: 'error',
      from: { path: '^src/server/' },
      to: { path: '^(tools|resources|prompts)/|^src/(cli/|main\\.ts$|build-app\\.ts$)' },
    },
    {
      name: 'app-is-types',
      comment: 'app.ts says what a call may reach; build-app.ts makes it.',
      severity: 'error',
      from: { path: '^src/app\\.ts$' },
      to: { path: ours, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'root-imports',
      comment: 'What lies beside main.ts puts engines together, below the server and the definitions.',
      severity: 'error',
      from: { path: '^src/[^/]+\\.ts$', pathNot: '^src/main\\.ts$' },
      to: { path: '^(tools|resources|prompts)/|^src/(server|cli)/' },
    },
    ...definitionRules,
    {
      name: 'nothing-imports-main',
      severity: 'error',
      from: {},
      to: { path: '^src/main\\.ts$' },
    },
    {
      name: 'sql-in-stores',
      comment: 'SQL lives in src/storage and in the *-store.ts files beside their owners.',
      severity: 'error',
      from: { path: source, pathNot: '^src/storage/|-store\\.ts$' },
      to: { path: '(^|/)(kysely|pg)($|/)', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'models-are-artefacts',
      comment: 'models/ is read at run time, training/ only makes it.',
      severity: 'error',
      from: { path: source },
      to: { path: '^(models|training)/' },
    },
    {
      name: 'nothing-imports-tests',
      comment: 'But for benches, which make their data as tests do.',
      severity: 'error',
      from: { pathNot: '^(test|bench)/' },
      to: { path: '^test/' },
    },
    {
      name: 'nothing-imports-benches',
      severity: 'error',
      from: { pathNot: '^bench/' },
      to: { path: '^bench/' },
    },
    {
      name: 'drawing-in-its-worker',
      comment: 'What draws is large and slow to load: the serving thread describes charts, and a worker draws them.',
      severity: 'error',
      from: { path: source, pathNot: '^src/charts-worker\\.ts$|^src/charts/drawing/' },
      to: { path: '^src/charts/drawing/|(^|/)(echarts|@resvg)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-cycle',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphan',
      comment: 'A source that nobody imports and that imports nothing is left over.',
      severity: 'error',
      from: { orphan: true, path: source, pathNot: '^src/main\\.ts$' },
      to: {},
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    // TypeScript 7 has no API that dependency-cruiser knows: without swc it reads nothing, in silence.
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/|^coverage/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['node', 'import', 'types', 'default', 'require'],
      mainFields: ['module', 'main', 'types'],
      extensions: ['.ts', '.mts', '.d.ts', '.js', '.mjs', '.cjs', '.json'],
    },
  },
};
