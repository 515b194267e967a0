import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free-port.ts';
import { temporaryDir } from './temporary-dir.ts';
import { until } from './until.ts';

export interface PrometheusServer extends AsyncDisposable {
  readonly url: string;
}

interface Given {
  readonly history?: string;
  readonly target?: string;
}

/** Where the server, or another program that comes with it, is; undefined when it is not installed. */
export function findPrometheus(name = 'prometheus'): string | undefined {
  const paths = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name));
  return paths.find((path) => existsSync(path));
}

/**
 * A Prometheus of its own on a free port, which reads its own metrics each second; it has answered with some.
 * `history`, OpenMetrics text with timestamps, is in it from the start; it reads `target`, a host and port, too.
 * @throws Error when it is not installed or does not start.
 */
export async function startPrometheus({ history, target }: Given = {}): Promise<PrometheusServer> {
  const program = findPrometheus();
  if (program === undefined) throw new Error('Prometheus is not installed: apt-get install prometheus');
  const dir = temporaryDir();
  const address = `127.0.0.1:${await freePort()}`;
  const config = join(dir.path, 'prometheus.yml');
  const scrape = (job: string, from: string) => `{job_name: ${job}, static_configs: [{targets: ['${from}']}]}`;
  const jobs = [scrape('self', address), ...(target === undefined ? [] : [scrape('other', target)])];
  writeFileSync(config, `global: {scrape_interval: 1s}\nscrape_configs: [${jobs.join(', ')}]\n`);
  const data = join(dir.path, 'data');
  if (history !== undefined) await writeBlocks(history, join(dir.path, 'history.txt'), data);
  const server = spawn(
    program,
    [`--config.file=${config}`, `--storage.tsdb.path=${data}`, `--web.listen-address=${address}`],
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

async function writeBlocks(history: string, file: string, data: string): Promise<void> {
  writeFileSync(file, history);
  const promtool = findPrometheus('promtool') ?? 'promtool';
  await promisify(execFile)(promtool, ['tsdb', 'create-blocks-from', 'openmetrics', file, data]);
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
