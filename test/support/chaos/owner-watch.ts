import { setTimeout } from 'node:timers/promises';
import type { OwnerView } from './owners.ts';

/** What a watch has seen so far. */
export interface OwnerCounts {
  readonly looks: number;
  /** The most owners that one look has seen. */
  readonly mostOwners: number;
  /** Looks that saw that somebody had stored. */
  readonly stores: number;
  /** How often a process had stored that no look had seen own, or after another one had stored in its place. */
  readonly strangers: number;
}

export interface OwnerWatch extends AsyncDisposable {
  /** The owner at the last look. */
  owner(): number | undefined;
  /** All that owned or stored since then. */
  seenSince(timeMs: number): number[];
  /** From now on, who stores is looked at too, or no longer. */
  watchWriters(on: boolean): void;
  counts(): OwnerCounts;
}

const lookMs = 100;

/** Looks ten times a second until it is disposed of. */
export function watchOwners(view: OwnerView): OwnerWatch {
  const seen: { readonly atMs: number; readonly pid: number }[] = [];
  const counts = { looks: 0, mostOwners: 0, stores: 0, strangers: 0 };
  const order = createOrder();
  let owners: number[] = [];
  let watching = false;
  let stopped = false;

  async function look(): Promise<void> {
    const writers = await view.writers();
    owners = await view.owners();
    counts.looks += 1;
    counts.mostOwners = Math.max(counts.mostOwners, owners.length);
    order.owned(owners);
    if (watching && writers.length > 0) counts.stores += 1;
    if (watching) counts.strangers += writers.filter((pid) => !order.mayWrite(pid)).length;
    const atMs = Date.now();
    for (const pid of new Set([...owners, ...(watching ? writers : [])])) seen.push({ atMs, pid });
  }

  async function lookOn(): Promise<void> {
    while (!stopped) await Promise.all([look(), setTimeout(lookMs)]);
  }

  const looking = lookOn();
  return {
    owner: () => owners[0],
    seenSince: (timeMs) => [...new Set(seen.filter(({ atMs }) => atMs >= timeMs).map(({ pid }) => pid))],
    watchWriters(on) {
      watching = on;
    },
    counts: () => ({ ...counts }),
    async [Symbol.asyncDispose]() {
      stopped = true;
      await looking;
    },
  };
}

/**
 * Who may write when. That a writer owns in the same moment cannot be asked for: on PostgreSQL the last transaction of
 * one that was killed can end after its lock, and the next owner waits for it.
 */
function createOrder() {
  const known = new Set<number>();
  const former = new Set<number>();
  let last: number | undefined;
  return {
    owned(pids: readonly number[]): void {
      for (const pid of pids) known.add(pid);
    },
    mayWrite(pid: number): boolean {
      if (last !== undefined && last !== pid) former.add(last);
      last = pid;
      return known.has(pid) && !former.has(pid);
    },
  };
}
