import { spawn } from 'node:child_process';
import { availableParallelism, hostname } from 'node:os';
import { expect, onTestFinished, test } from 'vitest';
import { connectClient, eras, type TestClient } from '../support/clients.ts';
import { programCommand } from '../support/program.ts';
import { temporaryDir } from '../support/temporary-dir.ts';
import { until } from '../support/until.ts';

const uri = 'openmanager://anomalies';
const metric = 'system.cpu.utilization';

interface Listed {
  readonly metric: string;
  readonly start: string;
  readonly host: string;
}

async function listed(client: TestClient): Promise<readonly Listed[]> {
  return JSON.parse(await client.read(uri)).anomalies;
}

/** Keeps every core busy, and starts short-lived processes: one of the two is new on any machine. */
function startLoad(): void {
  const busy = 'for (;;) {}';
  const forks = `const { spawn } = require('node:child_process');
    const next = () => spawn('true').on('close', next).on('error', () => {});
    for (let i = 0; i < 8; i++) next();`;
  for (const program of [...new Array<string>(availableParallelism()).fill(busy), forks]) {
    const child = spawn(process.execPath, ['-e', program], { stdio: 'ignore' });
    onTestFinished(() => void child.kill('SIGKILL'));
  }
}

test('a load on the machine is flagged within a minute, and who follows hears of it, of whichever process', async () => {
  using data = temporaryDir();
  const heard = new Map<string, number[]>();
  const clients: TestClient[] = [];
  // Each has a process of its own; the first one stores.
  for (const era of eras) {
    const client = await connectClient(programCommand(data.path, 'stdio'), era);
    onTestFinished(() => client[Symbol.asyncDispose]());
    const times: number[] = [];
    heard.set(era, times);
    await client.follow(uri, () => times.push(Date.now()));
    clients.push(client);
  }
  const [first, second] = clients as [TestClient, TestClient];
  // Half a minute of one reading a second tells what is usual.
  await until(
    'samples of 40 seconds',
    async () => Number(/; (\d+) samples/.exec((await first.call('query_metrics', { metric })).text)?.[1]) >= 40,
    90_000,
  );
  const fromMs = Date.now();
  startLoad();
  const isOfLoad = (one: Listed) =>
    /^system\.(cpu|processes|context|linux\.pressure)/.test(one.metric) && Date.parse(one.start) >= fromMs - 1_000;
  const flagged = await until('an anomaly of the load', async () => (await listed(first)).find(isOfLoad), 60_000);
  expect(flagged.host).toBe(hostname());
  expect((await listed(second)).some(isOfLoad)).toBe(true);
  for (const [era, times] of heard)
    await until(`the news at ${era}`, () => times.some((timeMs) => timeMs >= fromMs), 10_000);
}, 180_000);
