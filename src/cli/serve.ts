import type { App } from '../app.ts';
import { isFromEnvironment, namedConfigFile, processSources } from '../config/load.ts';
import { systemClock } from '../core/clock.ts';
import { toOpenManagerError } from '../core/errors.ts';
import { formatValue } from '../core/format.ts';
import { packagePath } from '../core/package-path.ts';
import { safeName } from '../core/text.ts';
import { openAccessToken } from '../security/access-token.ts';
import { startHttp } from '../server/http.ts';
import type { Command } from './command.ts';
import { type ConnectParts, connectLines } from './connect-lines.ts';
import { explainTaken } from './port-taken.ts';
import { changedResources, createServing, endServing, stopSignal } from './serving.ts';

export const serveCommand: Command = {
  name: 'serve',
  summary: 'serve many assistants over HTTP',
  async run(context) {
    const { config, log, print } = context;
    const sources = processSources(context.commandLine);
    const token = openAccessToken(config.dataDir);
    const serving = createServing(context);
    const { running, parts } = serving;
    const server = await startHttp(
      parts,
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
    ).catch(async (error: unknown) => {
      throw await explainTaken(error, config);
    });
    try {
      const { onChange } = await running.start();
      onChange((change) => changedResources(change).forEach(server.resourceUpdated));
      print(
        await banner({
          app: running.app,
          version: context.version,
          tokenPath: token.path,
          connect: {
            runtime: process.execPath,
            program: packagePath('dist', 'main.js'),
            dataDir: config.dataDir,
            configFile: namedConfigFile(sources),
            databaseFromEnvironment: isFromEnvironment('databaseUrl', sources),
            url: server.url,
          },
        }),
      );
      log.info('stopping', { signal: await stopSignal() });
    } finally {
      await server[Symbol.asyncDispose]();
      await endServing(serving);
    }
    return 0;
  },
};

interface BannerParts {
  readonly app: App;
  readonly version: string;
  readonly tokenPath: string;
  readonly connect: ConnectParts;
}

/** One screen: how this host is, and how to connect what people use. */
async function banner({ app, version, tokenPath, connect }: BannerParts): Promise<string> {
  return [
    `OpenManager ${version} watches ${safeName(app.localHost)}`,
    ...(await statusLines(app)),
    '',
    `MCP over HTTP:  ${connect.url}`,
    `Bearer token:   in ${tokenPath} ("openmanager token show" prints it)`,
    `Data:           ${connect.dataDir}`,
    '',
    ...connectLines(connect),
    '',
    'Ctrl-C stops it.',
  ].join('\n');
}

async function statusLines(app: App): Promise<string[]> {
  try {
    const { facts } = await app.hostFacts(undefined);
    const shown = facts.filter(({ kind }) => ['cpu', 'load', 'memory', 'swap'].includes(kind));
    const fullest = facts.find(({ kind }) => kind === 'filesystem');
    return [...shown, ...(fullest ? [fullest] : [])].map(({ kind, instance, numbers }) => {
      const values = numbers.map(({ name, value, unit }) => `${name} ${formatValue(value, unit)}`);
      return `  ${`${kind}${instance === undefined ? '' : ` ${safeName(instance)}`}`.padEnd(14)}${values.join(', ')}`;
    });
  } catch (error) {
    return [`  This host cannot be read: ${toOpenManagerError(error).message}`];
  }
}
