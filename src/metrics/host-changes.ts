import { formatValue } from '../core/format.ts';
import { type Labels, seriesName } from '../core/series.ts';
import { type Buckets, bucketValues, gridOf } from './buckets.ts';
import { hourMs } from './chunk-key.ts';
import { excludedSteps } from './excluded-times.ts';
import type { Metrics, TimeWindow } from './metrics.ts';
import type { FoundSeries } from './series-selection.ts';
import { shownUnit } from './shown-unit.ts';

/** A restart, or a resource that became larger or smaller. */
export interface HostChange {
  readonly kind: 'restart' | 'resize';
  /** Milliseconds since the epoch, to the step of the history. */
  readonly timeMs: number;
  /** A clause; untrusted names in it. */
  readonly text: string;
}

/** Seconds since the start, and the time of the start in seconds since the epoch. */
const uptimes = ['system.uptime', 'sysstat.uptime'];
const bootTimes = ['node_boot_time_seconds', 'system.boot_time'];

/** Sizes, and what of a metric's name they concern. */
const sizes: readonly { readonly metric: string; readonly concerns: RegExp }[] = [
  { metric: 'system.memory.limit', concerns: /^system\.memory\./ },
  { metric: 'system.cpu.logical.count', concerns: /^system\.cpu\./ },
  { metric: 'container.memory.limit', concerns: /^container\.memory\./ },
  { metric: 'node_memory_MemTotal_bytes', concerns: /^node_memory_/ },
  { metric: 'node_filesystem_size_bytes', concerns: /^node_filesystem_/ },
];
const usedState = { 'system.filesystem.state': 'used' };
const freeState = { 'system.filesystem.state': 'free' };
/** A size changed when it is by more than this share. */
const notable = 0.01;
const maxSteps = 2_000;

/**
 * What changed on a host within a window and may explain how one of its series went: restarts, by its uptime, and other
 * sizes of what the series is a part of; oldest first. What was read in times that are excluded does not count, nor does
 * a restart in one of them: the caller knows of it.
 */
export async function findHostChanges(
  metrics: Metrics,
  series: readonly FoundSeries[],
  {
    about,
    window,
    exclude = [],
  }: { about: FoundSeries; window: TimeWindow; exclude?: readonly TimeWindow[] | undefined },
): Promise<HostChange[]> {
  const wanted = sourcesOf(series, about);
  const all = wanted.flatMap(({ parts }) => parts);
  if (all.length === 0) return [];
  const stepMs = Math.max(1, Math.ceil((window.toMs - window.fromMs) / maxSteps / hourMs)) * hourMs;
  const read = await metrics.buckets(all, window, gridOf(window, stepMs));
  const bucketsOf = new Map(all.map((one, i) => [one, without((read[i] as (typeof read)[0]).buckets, exclude)]));
  const isExcluded = ({ kind, timeMs }: HostChange) =>
    kind === 'restart' && exclude.some(({ fromMs, toMs }) => timeMs >= fromMs && timeMs < toMs);
  return wanted
    .flatMap(({ parts, find }) =>
      find(
        parts.map((part) => bucketsOf.get(part) as Buckets),
        window.toMs,
      ),
    )
    .filter((change) => change.timeMs >= window.fromMs && change.timeMs < window.toMs && !isExcluded(change))
    .sort((a, b) => a.timeMs - b.timeMs);
}

/** As if nothing had been read in those times. */
function without(buckets: Buckets, times: readonly TimeWindow[]): Buckets {
  const { startMs, stepMs, count } = buckets;
  const n = buckets.n.slice();
  for (const { start, end } of excludedSteps(times, { startMs, stepMs, count })) n.fill(0, start, end);
  return { ...buckets, n };
}

interface Source {
  readonly parts: readonly FoundSeries[];
  find(buckets: readonly Buckets[], toMs: number): HostChange[];
}

function sourcesOf(series: readonly FoundSeries[], about: FoundSeries): Source[] {
  const uptime = series.find(({ metric }) => uptimes.includes(metric));
  const boot = series.find(({ metric }) => bootTimes.includes(metric));
  const restarts: Source[] = [];
  if (uptime) restarts.push({ parts: [uptime], find: ([read], toMs) => (read ? restartsByUptime(read, toMs) : []) });
  else if (boot) restarts.push({ parts: [boot], find: ([read]) => (read ? restartsByBootTime(read) : []) });
  return [...restarts, ...sizesOf(series, about)];
}

function sizesOf(series: readonly FoundSeries[], about: FoundSeries): Source[] {
  const limits = sizes
    .filter(({ concerns }) => concerns.test(about.metric))
    .flatMap(({ metric }) => series.filter((one) => one.metric === metric && agree(one.labels, about.labels)))
    .map((one): Source => {
      const name = seriesName(one.metric, one.labels);
      return {
        parts: [one],
        find: ([read]) => (read ? resizes(read, bucketValues(read, 'last'), { ...one, name }) : []),
      };
    });
  return [...limits, ...filesystemSize(series, about)];
}

/** A filesystem's size is what is used and free of it. */
function filesystemSize(series: readonly FoundSeries[], about: FoundSeries): Source[] {
  if (!about.metric.startsWith('system.filesystem.')) return [];
  const ofState = (state: Labels) =>
    series.find(({ metric, labels }) => {
      return (
        metric === 'system.filesystem.usage' && agree(state, labels) && agree(labels, { ...about.labels, ...state })
      );
    });
  const [used, free] = [ofState(usedState), ofState(freeState)];
  if (!used || !free) return [];
  const name = `the filesystem ${about.labels['system.filesystem.mountpoint'] ?? ''}`.trim();
  return [
    {
      parts: [used, free],
      find([usedRead, freeRead]) {
        if (!usedRead || !freeRead) return [];
        const free = bucketValues(freeRead, 'avg');
        const sums = bucketValues(usedRead, 'avg').map((value, i) => value + (free[i] ?? Number.NaN));
        return resizes(usedRead, sums, { ...used, name });
      },
    },
  ];
}

/** Whether no label of `a` has another value in `b`. */
function agree(a: Labels, b: Labels): boolean {
  return Object.entries(a).every(([name, value]) => !Object.hasOwn(b, name) || b[name] === value);
}

function restartsByUptime({ startMs, stepMs, n, first, last }: Buckets, toMs: number): HostChange[] {
  const found: HostChange[] = [];
  let before = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < n.length; i++) {
    if (n[i] === 0) continue;
    const [begin, end] = [first[i] as number, last[i] as number];
    if (begin < before || end < begin) {
      const stepEndMs = Math.min(toMs, startMs + (i + 1) * stepMs);
      found.push({ kind: 'restart', timeMs: stepEndMs - end * 1000, text: 'the host restarted' });
    }
    before = end;
  }
  return found;
}

function restartsByBootTime({ n, last }: Buckets): HostChange[] {
  const booted = [...last.keys()].filter((i) => (n[i] ?? 0) > 0).map((i) => last[i] as number);
  return booted
    .filter((seconds, i) => i > 0 && seconds - (booted[i - 1] as number) > 60)
    .map((seconds) => ({ kind: 'restart', timeMs: seconds * 1000, text: 'the host restarted' }));
}

function resizes(
  { startMs, stepMs }: Buckets,
  values: Float64Array,
  { name, metric, unit }: { name: string; metric: string; unit: string },
): HostChange[] {
  const shown = shownUnit({ metric, unit }, values);
  const known = [...values.keys()].filter((i) => Number.isFinite(values[i]));
  return known.slice(1).flatMap((step, i) => {
    const before = values[known[i] as number] as number;
    // A step in which it happened has a mean of both.
    const after = values[known[i + 2] ?? step] as number;
    const earlier = values[known[i - 1] ?? (known[i] as number)] as number;
    const changed = Math.abs((values[step] as number) - before) > notable * Math.abs(before);
    const isRest = Math.abs(before - earlier) > notable * Math.abs(earlier);
    if (!changed || isRest || Math.abs(after - before) <= notable * Math.abs(before)) return [];
    const text = `${name} went from ${formatValue(before, shown)} to ${formatValue(after, shown)}`;
    return [{ kind: 'resize' as const, timeMs: startMs + step * stepMs, text }];
  });
}
