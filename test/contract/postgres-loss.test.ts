import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openTestDatabase } from '../support/open-test-database.ts';
import { postgresForTests } from '../support/postgres-cluster.ts';
import { until } from '../support/until.ts';

const cluster = postgresForTests();

/** Kernel ticks a second, as /proc counts them. */
const userHz = 100;

/** Seconds until the server asks each of its idle clients whether it is there still; proc_net_tcp, `tm->when`. */
function secondsToKeepalive(port: number): number[] {
  const keepalive = '02';
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local = '', , , , timer = '']) => {
      return Number.parseInt(local.split(':')[1] ?? '', 16) === port && timer.startsWith(`${keepalive}:`);
    })
    .map(([, , , , , timer = '']) => Number.parseInt(timer.split(':')[1] ?? '', 16) / userHz);
}

test.skipIf(process.platform !== 'linux')(
  'the server notices within seconds that the machine of an owner has vanished (seen through /proc, on Linux)',
  async () => {
    const database = await openTestDatabase(await cluster().createDatabase());
    expect(await database.ownership('maintain').tryAcquire()).toBe(true);
    const soon = await until('the server to watch the owner', () => {
      return secondsToKeepalive(cluster().port).some((seconds) => seconds <= 5.5);
    });
    expect(soon).toBe(true);
  },
);
