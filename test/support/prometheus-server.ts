import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { freePort } from './free-port.ts';
import { temporaryDir } from './temporary-dir.ts';
import { until } from './until.ts';

export interface PrometheusServer extends AsyncDisposable {
  readonly url: string;
}

/** Where the server, or another program that comes with it, is; undefined when it is not installed. */
export function findPrometheus(name = 'prometheus'): string | undefined {
  const paths = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name));
  return paths.find((path) => existsSync(path));
}

/**
 * A Prometheus of its own on a free port, which reads its own metrics each second; it has answered with some.
 * @throws Error when it is not installed or does not start.
 */
export async function startPrometheus(): Promise<PrometheusServer> {
  const program = findPrometheus();
  if (program === undefined) throw new Error('Prometheus is not installed: apt-get install prometheus');
  const dir = temporaryDir();
  const address = `127.0.0.1:${await freePort()}`;
  const config = join(dir.path, 'prometheus.yml');
  const scrape = `{job_name: self, static_configs: [{targets: ['${address}']}]}`;
  writeFileSync(config, `global: {scrape_interval: 1s}\nscrape_configs: [${scrape}]\n`);
  const server = spawn(
    program,
    [`--config.file=${config}`, `--storage.tsdb.path=${join(dir.path, 'data')}`, `--web.listen-address=${address}`],
    { stdio: 'ignore' },
  );
  const failed = new Promise<never>((_, reject) => server.once('error', reject));
  const url = `http://${address}`;
  try {
    await Promise.race([failed, until('the first metrics', () => hasMetrics(server, url))]);
  } catch (error) {
    await end(server);
    dir[Symbol.dispose]();
    throw error;
  }
  return {
    url,
    async [Symbol.asyncDispose]() {
      await end(server);
      dir[Symbol.dispose]();
    },
  };
}

async function hasMetrics(server: ChildProcess, url: string): Promise<boolean> {
  if (server.exitCode !== null) throw new Error(`prometheus ended with ${server.exitCode}`);
  const answer = await fetch(`${url}/api/v1/query?query=up`).catch(() => null);
  return answer?.ok === true && (await answer.text()).includes('"up"');
}

async function end(server: ChildProcess): Promise<void> {
  if (server.pid === undefined || server.exitCode !== null) return;
  const ended = once(server, 'exit');
  server.kill('SIGKILL');
  await ended;
}
