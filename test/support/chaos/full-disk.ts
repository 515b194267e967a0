import { execFile } from 'node:child_process';
import { closeSync, fsyncSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ErrorCode } from '../../../src/core/errors.ts';
import { databaseFile } from '../../../src/storage/sqlite/protocol.ts';
import { programCommand } from '../program.ts';
import { openStdio } from '../stdio-session.ts';
import { temporaryDir } from '../temporary-dir.ts';
import { until } from '../until.ts';
import { type CallReport, callFor } from './calls.ts';
import { openAt } from './open-at.ts';
import { gapsOf, newestOf, readingsOf } from './readings.ts';

const run = promisify(execFile);

/** A data folder whose room can be taken and given back while a program uses it. */
export interface Room extends AsyncDisposable {
  readonly name: string;
  /** The code of what is logged when there is none left. */
  readonly code: ErrorCode;
  readonly dataDir: string;
  take(pid: number): Promise<void>;
  giveBack(pid: number): Promise<void>;
}

/** A file system of 2 MiB; undefined where this user may not mount one. */
export async function smallFileSystem(): Promise<Room | undefined> {
  const folder = temporaryDir();
  const filler = join(folder.path, 'filler');
  try {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder.path]);
  } catch {
    folder[Symbol.dispose]();
    return undefined;
  }
  return {
    name: 'a tmpfs of 2 MiB',
    code: 'storage_full',
    dataDir: folder.path,
    take: async () => fill(filler),
    giveBack: async () => rmSync(filler),
    async [Symbol.asyncDispose]() {
      await run('umount', [folder.path]);
      folder[Symbol.dispose]();
    },
  };
}

/** A limit on the size of the program's files (`prlimit --fsize`): a write beyond it fails. */
export function limitedFiles(): Room {
  const folder = temporaryDir();
  const limit = (pid: number, bytes: number | 'unlimited') =>
    run('prlimit', ['--pid', String(pid), `--fsize=${bytes}:unlimited`]);
  return {
    name: 'a limit on the size of files',
    // SQLite does not tell EFBIG from other failures to write.
    code: 'unavailable',
    dataDir: folder.path,
    take: async (pid) => void (await limit(pid, statSync(join(folder.path, `${databaseFile}-wal`)).size)),
    giveBack: async (pid) => void (await limit(pid, 'unlimited')),
    [Symbol.asyncDispose]: async () => folder[Symbol.dispose](),
  };
}

function fill(path: string): void {
  const file = openSync(path, 'w');
  const block = Buffer.alloc(4_096);
  try {
    for (;;) writeSync(file, block);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

export interface FullDiskReport extends CallReport {
  /** What the program logged until the end of the outage. */
  readonly log: string;
  readonly recoveredMs: number;
  readonly readings: number;
  readonly longestGapMs: number;
}

/** What SQLite says itself. */
const driverWords = ['disk is full', 'disk I/O'];

/** Takes the room away from a program that stores, for some time, and looks for its readings afterwards. */
export async function outlastFullDisk(
  room: Room,
  { program, outageMs }: { readonly program?: string; readonly outageMs: number },
): Promise<FullDiskReport> {
  const { command, args, env } = programCommand(room.dataDir, 'stdio');
  const words = program === undefined ? args : [program, ...args.slice(1)];
  await using session = openStdio({ command, args: words, env });
  await session.initialize();
  await using database = await until('the database', () => openAt(room.dataDir).catch(() => undefined));
  await until('three readings', async () => (await readingsOf(database)).size >= 3);

  await room.take(session.pid);
  const calls = await callFor(outageMs, session, driverWords);
  const log = session.stderr();
  await room.giveBack(session.pid);
  const endedMs = Date.now();
  await until('a reading after the outage', async () => (await newestOf(database)) > endedMs);
  const recoveredMs = Date.now() - endedMs;
  await until('one more', async () => (await newestOf(database)) > endedMs + recoveredMs);
  const times = [...(await readingsOf(database)).keys()];
  return {
    ...(await calls.answered()),
    log,
    recoveredMs,
    readings: times.length,
    longestGapMs: Math.max(...gapsOf(times).map(({ fromMs, toMs }) => toMs - fromMs)),
  };
}
