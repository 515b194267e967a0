import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { hourAt, hourMs } from '../../src/metrics/chunk-key.ts';
import type { Reading } from '../../src/metrics/reading.ts';
import type { BenchResult } from '../support/bench.ts';
import { watchTurns } from '../support/watch-turns.ts';
import { type History, take, ticksPerHour } from './history.ts';

const limitMs = 20;
const holdMs = 2_000;
/** What is asked of the store meanwhile: a reading and a read every so often, whether or not the last was answered. */
const pauseMs = 50;
const asked = holdMs / pauseMs;

/** How long the event loop stands still while another process holds a write, with the store at work and without. */
export async function measureEventLoop(history: History, rounds: number): Promise<BenchResult[]> {
  const idle: Standstill[] = [];
  const working: Standstill[] = [];
  const kept: Reading[] = [];
  for (let round = 0; round < rounds; round++) {
    const hour = take(history.upcoming, ticksPerHour);
    const ticks = take(history.upcoming, asked);
    kept.push(...hour, ...ticks);
    await history.store.append(hour);
    idle.push(await longestStandstill(history, () => Promise.resolve()));
    working.push(await longestStandstill(history, () => work(history, ticks)));
  }
  const lost = await countLost(history, kept);
  const longestMs = Math.max(...working.map(({ delayMs }) => delayMs));
  const say = (all: readonly Standstill[], what: keyof Standstill) => all.map((one) => one[what].toFixed(1)).join(', ');
  return [
    {
      bar: `SQLite: the event loop never stands still > ${limitMs} ms while another process holds a write for ${holdMs / 1000} s`,
      figure:
        `${longestMs.toFixed(1)} ms (longest of each round: ${say(working, 'delayMs')}; of them at work: ` +
        `${say(working, 'cpuMs')}; with an idle store: ${say(idle, 'delayMs')})`,
      pass: longestMs <= limitMs,
    },
    {
      bar: 'SQLite: all that was appended meanwhile is there',
      figure: `${lost} of ${kept.length} readings lost`,
      pass: lost === 0,
    },
  ];
}

interface Standstill {
  /** The longest that the event loop did not turn. */
  readonly delayMs: number;
  /** The most processor time of this thread between two turns: the rest is what others took of the machine. */
  readonly cpuMs: number;
}

async function longestStandstill({ place }: History, work: () => Promise<void>): Promise<Standstill> {
  const script = join(import.meta.dirname, '../peers/write-holder.ts');
  const holder = spawn(process.execPath, [script, place.address, String(holdMs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(holder, 'exit');
  await once(holder.stdout, 'data');
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const cpu = watchTurns();
  delay.enable();
  await work();
  const [exitCode] = await ended;
  // What waited is done; a moment more shows what that leaves behind.
  await sleep(100);
  delay.disable();
  if (exitCode !== 0) throw new Error('the process that holds the write failed');
  return { delayMs: delay.max / 1e6, cpuMs: cpu.stop() };
}

/** Appends, reads and compacts while nothing can be written, and until all of it is done. */
async function work({ place, store, host, seriesIds }: History, ticks: readonly Reading[]): Promise<void> {
  const owner = place.database.ownership('maintain');
  const nowMs = ticks[0]?.timestampMs ?? 0;
  await owner.tryAcquire();
  const compacted = store.compact(owner, hourAt(nowMs) * hourMs, new AbortController().signal);
  const running: Promise<unknown>[] = [compacted];
  for (const [i, tick] of ticks.entries()) {
    running.push(store.append([tick]));
    const id = seriesIds[(i * 37) % seriesIds.length] ?? 0;
    running.push(store.read({ host, seriesIds: [id], fromMs: nowMs - 24 * hourMs, toMs: nowMs }));
    await sleep(pauseMs);
  }
  await Promise.all(running);
}

/** How many of the readings are not there with the values they had. */
async function countLost({ store, host, seriesIds, endMs }: History, kept: readonly Reading[]): Promise<number> {
  const lost = new Set<number>();
  for (const place of seriesIds.keys()) {
    if (place % 100 !== 0) continue;
    const id = seriesIds[place] ?? 0;
    const found = (await store.read({ host, seriesIds: [id], fromMs: endMs, toMs: endMs + 10 ** 9 })).get(id);
    const values = new Map(Array.from(found?.timesMs ?? [], (timeMs, i) => [timeMs, found?.values[i]]));
    for (const reading of kept)
      if (values.get(reading.timestampMs) !== reading.values[place]) lost.add(reading.timestampMs);
  }
  return lost.size;
}
