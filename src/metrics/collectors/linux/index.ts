import { availableParallelism } from 'node:os';
import { type Clock, systemClock } from '../../../core/clock.ts';
import type { CoreReading, MetricSource } from '../collector-source.ts';
import { createIntervalMeter } from '../counters.ts';
import { createProcessCounts } from '../process-counts.ts';
import { createComposer } from '../sample.ts';
import { createCoreReader } from './core.ts';
import { type AskSize, createFilesystemReader } from './filesystems.ts';
import { readInventory } from './inventory.ts';
import { pageSize } from './page-size.ts';
import { createProcFiles } from './proc-file.ts';
import { createProcessReader } from './processes.ts';

export interface LinuxSourceOptions {
  /** The folder that holds `proc` and `sys`: `/`, or another machine's root. */
  readonly root?: string;
  readonly clock?: Clock;
  /** How often the core is read, in milliseconds; a gap of more than three times this starts the counters anew. */
  readonly intervalMs?: number;
  /** statfs(2), for tests. */
  readonly askSize?: AskSize;
}

/** Its core is read at once, without a promise. */
export interface LinuxSource extends MetricSource, Disposable {
  readCore(): CoreReading;
}

/** The metrics of a Linux machine, straight from /proc and /sys: no child process, and a synchronous core. */
export function createLinuxSource(options: LinuxSourceOptions = {}): LinuxSource {
  const { root = '/', clock = systemClock, intervalMs = 5000 } = options;
  const files = createProcFiles(root);
  const core = createCoreReader(files, root);
  const nextInterval = createIntervalMeter(clock, intervalMs);
  const filesystems = createFilesystemReader(root, options.askSize);
  const processes = createProcessReader(root, clock);
  const addProcesses = createProcessCounts();
  const composeSlow = createComposer();

  return {
    id: 'linux',
    readCore: () => core.read(nextInterval()),
    async readSlow(signal) {
      const host = { cores: core.cores() || availableParallelism(), pageBytes: pageSize(root) };
      const table = await processes.read(host, signal);
      const sizes = await filesystems.ask(signal);
      const reading = composeSlow({ index: 0, seconds: Number.NaN }, (sample) => {
        sizes.add(sample);
        if (table !== null) addProcesses(sample, table);
      });
      return { ...reading, processes: table, warnings: [...core.warnings(), ...sizes.warnings] };
    },
    inventory: async () => readInventory(root),
    [Symbol.dispose]: () => files[Symbol.dispose](),
  };
}
