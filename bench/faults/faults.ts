import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Something that goes wrong on the machine, by a program that does it. */
export interface Fault {
  readonly name: string;
  /** What must be among the first candidates, as `find_correlated_metrics` calls it. */
  readonly resource: string;
  /** What it takes besides; empty when all is there. */
  readonly missing: string;
  start(): RunningFault;
}

/** Ends with its programs, and takes back what they left. */
export type RunningFault = AsyncDisposable;

const fillPath = join(tmpdir(), 'openmanager-bench-fill');
/** An interface of the machine that no traffic but ours goes through; loopback is not collected. */
const link = { name: 'ombench0', peer: 'ombench1', namespace: 'ombench', address: '10.231.17.1', other: '10.231.17.2' };

const leak = 'const kept = []; setInterval(() => kept.push(Buffer.alloc(8 * 2 ** 20, 1)), 200);';
const fill = `for i in $(seq 600); do fallocate -l $((i * 100))M ${fillPath} || exit; sleep 1; done`;
const flood = `const socket = require('node:dgram').createSocket('udp4');
const packet = Buffer.alloc(1200);
const send = () => { for (let i = 0; i < 64; i++) socket.send(packet, 9, '${link.other}'); setImmediate(send); };
send();`;

/** The faults that this machine can have; those that it cannot say why. */
export function createFaults(): readonly Fault[] {
  const stress = isThere('stress-ng') ? '' : 'stress-ng';
  return [
    { name: 'a busy CPU', resource: 'cpu', missing: stress, start: () => running('stress-ng', ['--cpu', '0']) },
    { name: 'a memory leak', resource: 'memory', missing: '', start: () => running(process.execPath, ['-e', leak]) },
    {
      name: 'a disk that fills',
      resource: 'filesystem',
      missing: isThere('fallocate') ? '' : 'fallocate',
      start: () => running('sh', ['-c', fill], () => rmSync(fillPath, { force: true })),
    },
    {
      name: 'a flooded disk',
      resource: 'disk',
      missing: stress,
      start: () => running('stress-ng', ['--hdd', '1', '--hdd-bytes', '512M', '--hdd-opts', 'direct,wr-rnd']),
    },
    {
      name: 'a flooded network',
      resource: 'network',
      missing: isThere('ip') && process.getuid?.() === 0 ? '' : 'the right to make a network link',
      start: () => running(process.execPath, ['-e', flood]),
    },
  ];
}

/** The link of the flooded network, for as long as all faults take: an interface that comes with a fault would be one. */
export function openLink(): Disposable {
  const { name, peer, namespace, address, other } = link;
  ip('netns', 'add', namespace);
  ip('link', 'add', name, 'type', 'veth', 'peer', 'name', peer, 'netns', namespace);
  ip('addr', 'add', `${address}/30`, 'dev', name);
  ip('-n', namespace, 'addr', 'add', `${other}/30`, 'dev', peer);
  ip('-n', namespace, 'link', 'set', peer, 'up');
  ip('link', 'set', name, 'up');
  return {
    [Symbol.dispose]() {
      ip('link', 'del', name);
      ip('netns', 'del', namespace);
    },
  };
}

function ip(...words: string[]): void {
  spawnSync('ip', words, { stdio: 'ignore' });
}

function isThere(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined;
}

function running(command: string, args: readonly string[], clean: () => void = () => {}): RunningFault {
  // A group of its own, as some of these start others.
  const child = spawn(command, args, { stdio: 'ignore', detached: true, cwd: tmpdir() });
  const ended = once(child, 'exit');
  return {
    async [Symbol.asyncDispose]() {
      endGroup(child);
      await ended;
      clean();
    },
  };
}

function endGroup({ pid, exitCode }: ChildProcess): void {
  if (pid !== undefined && exitCode === null) process.kill(-pid, 'SIGTERM');
}
