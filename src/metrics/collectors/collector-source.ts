import type { Descriptor } from '../../core/series.ts';

/** `values[i]` belongs to `descriptors[i]`, NaN = not known; the array keeps its identity while its series stay the same. */
export interface CoreReading {
  readonly descriptors: readonly Descriptor[];
  readonly values: Float64Array;
}

/** What is too dear for every tick. A warning is one sentence that names what is missing and why. */
export interface SlowReading extends CoreReading {
  readonly processes: ProcessTable | null;
  readonly warnings: readonly string[];
}

/** The processes of the host by status and the ten largest; names only, since arguments may hold secrets. */
export interface ProcessTable {
  readonly total: number;
  readonly byStatus: Readonly<Record<string, number>>;
  /** Empty at the first reading: a rate needs two. */
  readonly topByCpu: readonly ProcessUsage[];
  readonly topByMemory: readonly ProcessUsage[];
}

export interface ProcessUsage {
  readonly pid: number;
  readonly name: string;
  /** Share of all processors of the host since the last slow reading, 0..1; NaN at the first. */
  readonly cpuUtilization: number;
  /** Resident set. */
  readonly memoryBytes: number;
}

/** What rarely changes about a host; an empty text or NaN = not known. */
export interface HostInventory {
  readonly hostname: string;
  readonly os: string;
  readonly kernel: string;
  readonly architecture: string;
  readonly cpuModel: string;
  readonly cpuCount: number;
  readonly memoryBytes: number;
  /** Milliseconds since the epoch. */
  readonly bootTimeMs: number;
  /** The hypervisor or container engine, e.g. `kvm`, `docker`; absent on bare metal. */
  readonly virtualization?: string;
}

/**
 * Where the metrics of one machine come from. Names and units follow OpenTelemetry's system conventions, counters are
 * rates per second, and a series of a metric without labels is the total of the host.
 */
export interface MetricSource {
  readonly id: 'linux' | 'system-information';
  /** Cheap enough for every tick; what cannot be read is absent or NaN. */
  readCore(): CoreReading | Promise<CoreReading>;
  readSlow(signal: AbortSignal): Promise<SlowReading>;
  inventory(signal: AbortSignal): Promise<HostInventory>;
}

/** At most ten processes are named in each of the two lists of a {@link ProcessTable}. */
export const topProcesses = 10;
