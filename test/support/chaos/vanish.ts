import { execFile } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startPostgres } from '../postgres-cluster.ts';
import { temporaryDir } from '../temporary-dir.ts';
import { until } from '../until.ts';
import { startChild } from './child.ts';
import { openAt } from './open-at.ts';

const run = promisify(execFile);
const ip = (line: string) => run('ip', line.split(' '));

/** Of the link between the machine that vanishes and the one with the server; a network for documentation, RFC 5737. */
const network = '198.51.100.0/24';
const serverAddress = '198.51.100.1';
const ownerAddress = '198.51.100.2';

/**
 * From the moment in which the machine of an owner vanishes without a word to that in which another process owns, in ms;
 * undefined where this user may not make network namespaces, or the network is in use. A namespace stands for the machine.
 */
export async function outliveMachine(limitMs: number): Promise<number | undefined> {
  await using machine = await newMachine();
  if (machine === undefined) return undefined;
  using folder = temporaryDir();
  const access = join(folder.path, 'pg_hba.conf');
  writeFileSync(access, 'host all all 0.0.0.0/0 trust\n');
  chmodSync(folder.path, 0o755);
  await using cluster = await startPostgres({ settings: ["listen_addresses = '*'", `hba_file = '${access}'`] });
  const url = await cluster.createDatabase();
  const throughLink = url.replace('127.0.0.1', serverAddress);
  await using _owner = await machine.start(throughLink);
  await using database = await openAt(url);
  await machine.vanish();
  const began = performance.now();
  await until('another owner', () => database.ownership('maintain').tryAcquire(), limitMs);
  return performance.now() - began;
}

async function newMachine() {
  const name = `openmanager-${process.pid}`;
  const link = `om${process.pid}`;
  // The link goes by itself with the namespace, but not at once.
  const remove = async () => {
    await ip(`netns del ${name}`).catch(() => {});
    await ip(`link del ${link}`).catch(() => {});
  };
  try {
    if ((await ip(`route show ${network}`)).stdout !== '') return undefined;
    await ip(`netns add ${name}`);
    await ip(`link add ${link} type veth peer name eth0 netns ${name}`);
    await ip(`addr add ${serverAddress}/24 dev ${link}`);
    await ip(`link set ${link} up`);
    await ip(`-n ${name} addr add ${ownerAddress}/24 dev eth0`);
    await ip(`-n ${name} link set eth0 up`);
  } catch {
    await remove();
    return undefined;
  }
  return {
    async start(where: string) {
      const owner = startChild('own', [where], ['ip', 'netns', 'exec', name]);
      await owner.printed('owns');
      return owner;
    },
    vanish: () => ip(`-n ${name} link set eth0 down`),
    [Symbol.asyncDispose]: remove,
  };
}
