import type { Clock } from '../core/clock.ts';
import { within } from './collectors/within.ts';
import type { MetricStore } from './metric-store.ts';
import type { Reading } from './reading.ts';
import type { StoredHost } from './stored-series.ts';

const freshMs = 5000;
/** What was seen since the start does not wait longer for a store that does not answer. */
const patienceMs = 2_000;

/** The hosts of the store, asked anew when older than a few seconds while the answer at hand is given. */
export function createHostList(store: MetricStore, clock: Clock) {
  let hosts: readonly StoredHost[] = [];
  let askedMs = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | undefined;
  /** Reported to this process, and maybe not stored yet. */
  const reported = new Set<string>();

  async function ask(): Promise<void> {
    try {
      const stored = await store.hosts();
      const seen = new Map(hosts.map((host) => [host.host, host]));
      const merged = stored.map((host) => ({
        ...host,
        lastMs: Math.max(host.lastMs, seen.get(host.host)?.lastMs ?? 0),
      }));
      for (const { host } of stored) seen.delete(host);
      hosts = [...merged, ...[...seen.values()].filter(({ host }) => reported.has(host))];
      askedMs = clock.monotonic();
    } finally {
      asking = undefined;
    }
  }

  return {
    async current(): Promise<readonly StoredHost[]> {
      if (clock.monotonic() - askedMs > freshMs) {
        asking ??= ask();
        // What was seen since the start is known even while the store cannot be read.
        if (hosts.length === 0) await asking;
        else if (askedMs === Number.NEGATIVE_INFINITY) await within(asking, patienceMs).catch(() => {});
        else asking.catch(() => {});
      }
      return hosts;
    },
    /** The next question asks the store. */
    forget(): void {
      askedMs = Number.NEGATIVE_INFINITY;
    },
    saw({ host, timestampMs }: Reading): void {
      reported.add(host);
      const seen = hosts.find((candidate) => candidate.host === host);
      const others = hosts.filter((candidate) => candidate !== seen);
      hosts = [...others, { host, firstMs: Math.min(seen?.firstMs ?? timestampMs, timestampMs), lastMs: timestampMs }];
    },
  };
}
