import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../test/support/free-port.ts';
import { until } from '../../test/support/until.ts';
import { readings, seriesCount, take, ticksPerHour } from './history.ts';

const program = '/usr/bin/victoria-metrics';

/**
 * Bytes that VictoriaMetrics takes on disk, flushed and merged, for the samples that a history of `ticks` has; null
 * where it is not installed.
 */
export async function victoriaMetricsBytes(ticks: number): Promise<number | null> {
  if (!existsSync(program)) return null;
  const folder = mkdtempSync(join(tmpdir(), 'openmanager-bench-'));
  const url = `http://127.0.0.1:${await freePort()}`;
  const settings = [`-storageDataPath=${folder}`, `-httpListenAddr=${url.slice('http://'.length)}`];
  const server = spawn(program, [...settings, '-retentionPeriod=100y', '-loggerLevel=ERROR'], { stdio: 'ignore' });
  try {
    await until('VictoriaMetrics to listen', () => answers(`${url}/health`));
    await feed(url, ticks);
    await checkCount(url, ticks);
    return await settledBytes(url, folder);
  } finally {
    const ended = once(server, 'exit');
    server.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
}

/** An hour of all series a request, which is more at once than it gets from its agents. */
async function feed(url: string, ticks: number): Promise<void> {
  const source = readings();
  for (let tick = 0; tick < ticks; tick += ticksPerHour) {
    const hour = take(source, Math.min(ticksPerHour, ticks - tick));
    const timestamps = hour.map(({ timestampMs }) => timestampMs).join(',');
    const lines = Array.from({ length: seriesCount }, (_, i) => {
      const values = hour.map((reading) => reading.values[i]).join(',');
      return `{"metric":{"__name__":"bench.value","host":"bench","series":"${i}"},"values":[${values}],"timestamps":[${timestamps}]}`;
    });
    await call(`${url}/api/v1/import`, lines.join('\n'));
  }
  await call(`${url}/internal/force_flush`);
}

/** @throws Error unless series at both ends have all their samples: what was left out would look like compression. */
async function checkCount(url: string, ticks: number): Promise<void> {
  for (const series of [0, seriesCount - 1]) {
    const selector = encodeURIComponent(`{__name__="bench.value",series="${series}"}`);
    const exported = await (await call(`${url}/api/v1/export?match[]=${selector}`)).text();
    const lines = exported.trim().split('\n');
    const found = lines.reduce((sum, line) => sum + (JSON.parse(line) as { values: number[] }).values.length, 0);
    if (found !== ticks) throw new Error(`VictoriaMetrics has ${found} of ${ticks} samples of series ${series}`);
  }
}

/** When its merges have ended, and what was merged is gone. */
async function settledBytes(url: string, folder: string): Promise<number> {
  await call(`${url}/internal/force_merge`);
  let [bytes, since] = [-1, performance.now()];
  return until(
    'VictoriaMetrics to merge',
    async () => {
      const metrics = await (await call(`${url}/metrics`)).text();
      const merging = /^vm_active(_force)?_merges\S* [1-9]/m.test(metrics);
      const now = folderBytes(folder);
      if (merging || now !== bytes) [bytes, since] = [now, performance.now()];
      return performance.now() - since > 5_000 && now;
    },
    300_000,
  );
}

/** NaN when something was removed meanwhile. */
function folderBytes(folder: string): number {
  try {
    const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
    const files = entries.filter((entry) => entry.isFile());
    return files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Number.NaN;
    throw error;
  }
}

async function call(url: string, body?: string): Promise<Response> {
  const response = await fetch(url, body === undefined ? {} : { method: 'POST', body });
  if (!response.ok) throw new Error(`VictoriaMetrics answered ${response.status} to ${new URL(url).pathname}`);
  return response;
}

function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
}
