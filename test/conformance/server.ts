// The product's HTTP server with the suite's fixtures beside what it really offers; only run.ts starts it.
//   node test/conformance/server.ts DATA_DIR
import { createApp } from '../../src/build-app.ts';
import { selectDefinitions } from '../../src/cli/definitions.ts';
import { stopSignal } from '../../src/cli/serving.ts';
import { parseCommandLine } from '../../src/config/argv.ts';
import { loadConfig } from '../../src/config/load.ts';
import { systemClock } from '../../src/core/clock.ts';
import { createLogger } from '../../src/core/log.ts';
import { openAccessToken } from '../../src/security/access-token.ts';
import { defaultPolicy } from '../../src/security/policy.ts';
import { createGuard } from '../../src/server/guard.ts';
import { startHttp } from '../../src/server/http.ts';
import { definitionFixtures } from './fixtures/definitions.ts';
import { addFixtures } from './fixtures/index.ts';

const [dataDir = ''] = process.argv.slice(2);
const { flags } = parseCommandLine(['serve', '--data-dir', dataDir, '--port', '0', '--log-level', 'warn']);
const config = loadConfig({
  flags,
  environment: {},
  configFile: undefined,
  workingDir: dataDir,
  platform: process.platform,
});
const log = createLogger(config.logLevel);

await using running = createApp(config, systemClock, log);
const offered = selectDefinitions(config);
const definitions = {
  tools: [...offered.tools, ...definitionFixtures.tools],
  resources: [...offered.resources, ...definitionFixtures.resources],
  prompts: [...offered.prompts, ...definitionFixtures.prompts],
};
const guard = createGuard({
  app: running.app,
  tools: definitions.tools,
  audit: running.audit,
  policy: defaultPolicy,
  clock: systemClock,
  log,
});
const token = openAccessToken(config.dataDir);
await using server = await startHttp(
  { version: '0.0.0', definitions, guard, extend: addFixtures },
  {
    host: config.host,
    port: config.port,
    allowedHosts: config.allowedHosts,
    maxBodyBytes: config.maxBodyBytes,
    maxSessions: config.maxSessions,
    sessionIdleMs: config.sessionIdleSeconds * 1000,
    authenticate: token.authenticate,
  },
  systemClock,
  log,
);
await running.start();
process.stdout.write(`${JSON.stringify({ url: server.url, token: token.value.reveal() })}\n`);
await stopSignal();
