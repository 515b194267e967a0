import { uptime } from 'node:os';
import type * as systeminformation from 'systeminformation';
import { type Clock, systemClock } from '../../core/clock.ts';
import { safeName } from '../../core/text.ts';
import type { HostInventory, MetricSource } from './collector-source.ts';
import { createIntervalMeter } from './counters.ts';
import { createComposer } from './sample.ts';
import { createCoreWriter } from './system-information-core.ts';
import { createSlowWriter } from './system-information-slow.ts';

type Library = Pick<
  typeof systeminformation,
  'currentLoad' | 'mem' | 'fsStats' | 'disksIO' | 'networkStats' | 'fsSize' | 'processes' | 'osInfo' | 'cpu' | 'system'
>;

export interface SystemInformationOptions {
  readonly clock?: Clock;
  /** How often the core is read, in milliseconds; a gap of more than three times this starts the counters anew. */
  readonly intervalMs?: number;
  /** The library, for tests. It is loaded at the first reading, so that it costs nothing where it is not used. */
  readonly load?: () => Promise<Library>;
}

/**
 * The metrics of macOS, Windows and BSD machines through the systeminformation package, under the same names as on
 * Linux. It starts child processes, and knows less: disks only as the host's total (none on Windows), no packets, page
 * faults, pressure or inodes.
 */
export function createSystemInformationSource(options: SystemInformationOptions = {}): MetricSource {
  const { clock = systemClock, intervalMs = 5000, load = () => import('systeminformation') } = options;
  const nextInterval = createIntervalMeter(clock, intervalMs);
  const writeCore = createCoreWriter();
  const writeSlow = createSlowWriter();
  const compose = createComposer();

  return {
    id: 'system-information',
    async readCore() {
      const library = await load();
      const state = await Promise.all([
        library.currentLoad(),
        library.mem(),
        library.fsStats(),
        library.disksIO(),
        library.networkStats('*'),
      ]);
      return compose(nextInterval(), (sample) => writeCore(sample, state));
    },
    async readSlow(signal) {
      const library = await load();
      const filesystems = await library.fsSize();
      signal.throwIfAborted();
      const list = await library.processes();
      return writeSlow(filesystems, list);
    },
    async inventory() {
      const library = await load();
      return readInventory(library, clock.now());
    },
  };
}

async function readInventory(library: Library, nowMs: number): Promise<HostInventory> {
  const [os, cpu, memory, system] = await Promise.all([
    library.osInfo(),
    library.cpu(),
    library.mem(),
    library.system(),
  ]);
  return {
    hostname: safeName(os.hostname),
    os: safeName(`${os.distro} ${os.release}`.trim()),
    kernel: safeName(os.kernel),
    architecture: safeName(os.arch),
    cpuModel: safeName(`${cpu.manufacturer} ${cpu.brand}`.trim()),
    cpuCount: cpu.cores > 0 ? cpu.cores : Number.NaN,
    memoryBytes: memory.total > 0 ? memory.total : Number.NaN,
    bootTimeMs: Math.round((nowMs - uptime() * 1000) / 1000) * 1000,
    ...(system.virtual ? { virtualization: safeName(system.virtualHost || 'vm').toLowerCase() } : {}),
  };
}
