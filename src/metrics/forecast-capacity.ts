import type { TimeToThreshold } from '../analytics/index.ts';
import type { AnalyticsRunner } from '../analytics/runner.ts';
import { OpenManagerError } from '../core/errors.ts';
import { type Labels, seriesName } from '../core/series.ts';
import { closest, counted, safeName } from '../core/text.ts';
import { type ResourceHistory, readHistories } from './capacity-history.ts';
import { type Asked, type CapacityQuestion, questionFor, questionWithoutHistory } from './capacity-question.ts';
import { type CapacityResource, resourcesOf, resourcesOfMetric } from './capacity-resources.ts';
import { hourMs } from './chunk-key.ts';
import { findHostChanges } from './host-changes.ts';
import { type LeveledHistory, leapsAtEnd, withLateLevel } from './late-level.ts';
import type { FoundSeries, HostSummary, Metrics, TimeWindow } from './metrics.ts';
import { niceStep } from './resample.ts';
import { byUrgency, forecastOf, type ResourceForecast, unpredicted, urgencyKey } from './resource-forecast.ts';
import type { OnDamaged } from './sample-reader.ts';
import { isCredible, isUnusualRise, risesFast, shortQuestions, shortSpansMs, shortStepMs } from './short-scale.ts';

export interface CapacityRequest extends Asked {
  readonly nowMs: number;
  /** A name, or the beginning of names and `*`; all hosts when left out. */
  readonly host?: string | undefined;
  /** What can run out on a machine when left out: filesystems, inodes, memory, swap, threads, files, connections. */
  readonly metric?: string | undefined;
  readonly labels?: Labels | undefined;
  /** Start of the history; as far back as it helps when left out. */
  readonly fromMs?: number | undefined;
}

export interface CapacityResult {
  readonly hosts: number;
  /** When the predictions start: now, or the end of the data where all of it ended long ago. */
  readonly asOfMs: number;
  /** Most urgent first. */
  readonly resources: readonly ResourceForecast[];
  /** Without samples for a day or longer, while others have some. */
  readonly silent: readonly { readonly host: string; readonly lastMs: number }[];
  /** Hosts that have nothing of what was asked for. */
  readonly without: number;
  /** Hours of series that were left out as they are damaged. */
  readonly damagedHours: number;
  /** Of each time that was to be left out, the hours that lie within the history. */
  readonly excluded: readonly (TimeWindow & { readonly hours: number })[];
}

export type CapacityProgress = (done: number, total: number, message: string) => void;

interface Parts {
  readonly metrics: Metrics;
  readonly analytics: AnalyticsRunner;
}

const dayMs = 24 * hourMs;
const maxHorizonMs = 366 * dayMs;
const silentMs = dayMs;
/** A trend of weeks needs weeks; further than the history is long nothing is predicted. */
const minLookbackMs = 28 * dayMs;
const lookbackOfHorizon = 1.5;
const maxPoints = 1_500;
const youngMs = 3 * dayMs;
const hostsAtOnce = 8;
const groupsAtOnce = 3;
/** Of the most urgent ones, what changed on the host at a shift is looked up. */
const explained = 30;

/**
 * Ranks what can run out on the hosts that match by the time that is left.
 * @throws OpenManagerError `not_found` for hosts or a metric that no host has; `invalid_argument` when an option is out
 * of range or a metric needs a threshold; `cancelled` when `signal` aborts.
 */
export async function forecastCapacity(
  { metrics, analytics }: Parts,
  request: CapacityRequest,
  signal: AbortSignal,
  progress: CapacityProgress,
): Promise<CapacityResult> {
  requireRequest(request);
  const hosts = matchingHosts(await metrics.hosts(), request.host, metrics.localHost);
  const newestMs = Math.max(...hosts.map(({ lastMs }) => lastMs));
  const asOfMs = newestMs < request.nowMs - silentMs ? newestMs + 1 : request.nowMs;
  const isSilent = ({ lastMs }: HostSummary) => lastMs < asOfMs - silentMs;
  const tally = { damagedHours: 0, fromMs: asOfMs };
  const live = hosts.filter((one) => !isSilent(one));
  const found: ResourceForecast[][] = [];
  let done = 0;
  let without = 0;
  progress(0, live.length, `Looking at ${counted(live.length, 'host')}`);
  await eachGroup(live, async (group, number) => {
    const looked = await lookAt({ metrics, analytics }, group, { request, asOfMs, tally, signal });
    done += group.length;
    without += group.length - new Set(looked.map(({ host }) => host)).size;
    found[number] = looked;
    progress(done, live.length, `${done} of ${counted(live.length, 'host')}`);
  });
  const resources = byUrgency(found.flat());
  if (resources.length === 0) throw nothingFound(request, hosts);
  if (resources.every(({ isImpossible }) => isImpossible)) throw impossible(request, resources);
  return {
    hosts: hosts.length,
    asOfMs,
    resources: await withChanges(metrics, resources, { request, asOfMs, tally, signal }),
    silent: hosts.filter(isSilent).map(({ host, lastMs }) => ({ host, lastMs })),
    without,
    damagedHours: tally.damagedHours,
    excluded: (request.exclude ?? []).map((window) => ({
      ...window,
      hours: hoursWithin(window, tally.fromMs, asOfMs),
    })),
  };
}

function requireRequest({ horizonMs, fromMs, nowMs, metric, labels }: CapacityRequest): void {
  const refuse = (message: string) => {
    throw new OpenManagerError('invalid_argument', message);
  };
  if (horizonMs > maxHorizonMs) refuse('horizon: at most 366d.');
  if (fromMs !== undefined && fromMs >= nowMs) refuse('from: the history cannot start in the future.');
  if (labels !== undefined && metric === undefined) refuse('labels need a metric; list_metrics names them.');
}

function matchingHosts(hosts: readonly HostSummary[], pattern: string | undefined, localHost: string): HostSummary[] {
  const wanted = pattern === 'localhost' ? localHost : (pattern ?? '*');
  const isName = !wanted.endsWith('*') || hosts.some(({ host }) => host === wanted);
  const found = hosts.filter(({ host }) => (isName ? host === wanted : host.startsWith(wanted.slice(0, -1))));
  if (found.length > 0) return found;
  const near = closest(
    wanted,
    hosts.map(({ host }) => host),
  ).map((host) => safeName(host));
  throw new OpenManagerError(
    'not_found',
    hosts.length === 0
      ? 'No host has data yet; try again in a few seconds.'
      : `There is no host "${safeName(wanted)}". Nearest: ${near.join(', ')}. A * at the end stands for the rest of a name; list_hosts names all.`,
  );
}

function nothingFound({ metric }: CapacityRequest, hosts: readonly HostSummary[]): OpenManagerError {
  const [first] = hosts;
  const what = metric === undefined ? 'utilization or limit that is known here' : `series of ${safeName(metric)}`;
  return new OpenManagerError(
    'not_found',
    `${hosts.length === 1 && first ? `Host "${safeName(first.host)}" has` : `The ${hosts.length} hosts have`} no ${what}; list_metrics names what there is: pass its metric, with a threshold.`,
  );
}

function impossible({ threshold }: CapacityRequest, resources: readonly ResourceForecast[]): OpenManagerError {
  const [{ metric = '' } = {}] = resources;
  const isOne = resources.every((one) => one.metric === metric);
  const what = isOne ? safeName(metric) : `${safeName(metric)} and what else was asked for`;
  const areShares = resources.every(({ unit, shownUnit }) => unit === '%' || shownUnit === '1');
  const why = areShares
    ? `${what} lies between 0 and 100 %; pass a share, as 0.9, or percent, as 90.`
    : `${what} is never below 0; pass a value from 0 on.`;
  return new OpenManagerError('invalid_argument', `threshold: ${threshold} cannot be reached, as ${why}`);
}

function hoursWithin({ fromMs, toMs }: TimeWindow, startMs: number, endMs: number): number {
  return Math.max(0, Math.min(toMs, endMs) - Math.max(fromMs, startMs)) / hourMs;
}

/** Some groups at a time, so that reading one and computing another overlap. */
async function eachGroup<T>(
  items: readonly T[],
  work: (group: readonly T[], number: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const runner = async () => {
    while (next < items.length) {
      const start = next;
      next += hostsAtOnce;
      await work(items.slice(start, start + hostsAtOnce), start / hostsAtOnce);
    }
  };
  try {
    await Promise.all(Array.from({ length: groupsAtOnce }, runner));
  } finally {
    // Where one failed, nobody waits for the others.
    next = items.length;
  }
}

interface Look {
  readonly request: CapacityRequest;
  readonly asOfMs: number;
  readonly tally: Tally;
  readonly signal: AbortSignal;
}

/** What all groups together came across. */
interface Tally {
  damagedHours: number;
  /** Where the longest history begins. */
  fromMs: number;
}

async function lookAt(parts: Parts, hosts: readonly HostSummary[], look: Look): Promise<ResourceForecast[]> {
  const { histories, silent } = await readGroup(parts.metrics, hosts, look);
  const asked: AskedResource[] = [];
  for (const read of histories) {
    look.tally.fromMs = Math.min(look.tally.fromMs, read.startMs);
    const { history, levelSince } = leapsAtEnd(read) ? await leveled(parts.metrics, read, look) : { history: read };
    const question = questionFor(history, look.request);
    asked.push({ history, question: { ...question, options: { ...question.options, levelSince } } });
  }
  const known = asked.filter(hasValues);
  const unknown = asked.filter((one) => !known.includes(one));
  const questions = known.map(({ history, question }) => ({
    values: history.values.slice(),
    options: question.options,
  }));
  const answers = questions.length === 0 ? [] : await parts.analytics.timesToThresholds(questions, look.signal);
  const long = known.map(({ history, question }, i) => {
    return forecastOf(history, {
      answer: answers[i] as TimeToThreshold,
      question,
      scale: 'long',
      asOfMs: look.asOfMs,
    });
  });
  return [
    ...silent.map((resource) => unpredicted(resource, questionWithoutHistory(resource, look.request), 'stopped')),
    ...unknown.map(({ history, question }) => unpredicted(history.resource, question, 'too-short')),
    ...(await withShortScale(parts, known, long, look)),
  ];
}

interface AskedResource {
  readonly history: ResourceHistory;
  readonly question: CapacityQuestion;
}

/** Its last hours in minutes tell which of them are of the level that it has now. */
async function leveled(metrics: Metrics, history: ResourceHistory, look: Look): Promise<LeveledHistory> {
  const recent = await readMinutes(metrics, history.resource, look);
  return recent === undefined ? { history } : withLateLevel(history, recent);
}

async function readMinutes(metrics: Metrics, resource: CapacityResource, { asOfMs, tally }: Look) {
  const window = { fromMs: asOfMs - Math.max(...shortSpansMs), toMs: asOfMs };
  const [recent] = await readHistories(metrics, [resource], { window, stepMs: shortStepMs, onDamaged: countIn(tally) });
  return recent;
}

function countIn(tally: Tally): OnDamaged {
  return () => {
    tally.damagedHours += 1;
  };
}

/** The histories of what goes on, and what has no samples any more. */
async function readGroup(metrics: Metrics, hosts: readonly HostSummary[], look: Look) {
  const histories: ResourceHistory[] = [];
  const silent: CapacityResource[] = [];
  for (const { host } of hosts) {
    look.signal.throwIfAborted();
    const resources = wantedOf(await seriesOf(metrics, host), look.request);
    const going = resources.filter((one) => !hasEnded(one, look));
    silent.push(...resources.filter((one) => !going.includes(one)));
    const plan = planFor(going, look);
    histories.push(...(await readHistories(metrics, going, { ...plan, onDamaged: countIn(look.tally) })));
  }
  return { histories, silent };
}

/** None of a host whose data was deleted meanwhile. */
async function seriesOf(metrics: Metrics, host: string): Promise<readonly FoundSeries[]> {
  try {
    return await metrics.findAll(host);
  } catch (error) {
    if (error instanceof OpenManagerError && error.code === 'not_found') return [];
    throw error;
  }
}

/** Some that are not excluded. */
function hasValues({ history: { values }, question }: AskedResource): boolean {
  const { exclude = [] } = question.options;
  return values.some((value, i) => Number.isFinite(value) && !exclude.some(({ start, end }) => i >= start && i < end));
}

function wantedOf(series: readonly FoundSeries[], { metric, labels }: CapacityRequest): CapacityResource[] {
  return metric === undefined ? resourcesOf(series) : resourcesOfMetric(series, { metric, labels });
}

function hasEnded({ series }: CapacityResource, { asOfMs }: Look): boolean {
  return series.lastMs !== undefined && series.lastMs < asOfMs - silentMs;
}

function planFor(resources: readonly CapacityResource[], { request, asOfMs }: Look) {
  const lookbackMs = Math.max(minLookbackMs, lookbackOfHorizon * request.horizonMs);
  const firstMs = Math.min(...resources.map(({ series }) => series.firstMs ?? asOfMs - hourMs));
  const fromMs = Math.max(firstMs, request.fromMs ?? asOfMs - lookbackMs);
  const spanMs = Math.max(1, asOfMs - fromMs);
  // A young history is looked at in the steps that it has, a longer one in hours, whose sums are stored.
  const stepMs = spanMs < youngMs ? niceStep(spanMs, 288, 60_000) : niceStep(spanMs, maxPoints, hourMs);
  return { window: { fromMs: Math.min(fromMs, asOfMs - 1), toMs: asOfMs }, stepMs };
}

/** What rises as never before is looked at in minutes: a log gone wild fills a disk within the hour. */
async function withShortScale(
  { metrics, analytics }: Parts,
  known: readonly AskedResource[],
  long: readonly ResourceForecast[],
  look: Look,
): Promise<ResourceForecast[]> {
  const results = [...long];
  for (const [i, { history, question }] of known.entries()) {
    const { options } = question;
    const slow = results[i] as ResourceForecast;
    if (
      slow.status === 'beyond' ||
      slow.startsFrom !== null ||
      options.direction === 'below' ||
      !risesFast(history, options.threshold)
    )
      continue;
    const recent = await readMinutes(metrics, history.resource, look);
    if (recent === undefined) continue;
    const questions = shortQuestions(recent, options).filter(({ values, spanMs }) =>
      isUnusualRise(history, values, spanMs),
    );
    if (questions.length === 0) continue;
    const answers = await analytics.timesToThresholds(questions, look.signal);
    const fast = answers
      .filter(isCredible)
      .map((answer) => forecastOf(recent, { answer, question, scale: 'short', asOfMs: look.asOfMs }))
      .sort((a, b) => urgencyKey(a) - urgencyKey(b))[0];
    if (fast !== undefined && urgencyKey(fast) < urgencyKey(slow)) results[i] = fast;
  }
  return results;
}

/** Names what happened on the host where the history of one of the first begins with a shift. */
async function withChanges(
  metrics: Metrics,
  resources: readonly ResourceForecast[],
  { request: { exclude }, asOfMs, signal }: Look,
): Promise<readonly ResourceForecast[]> {
  const named = [...resources];
  const shifted = named
    .slice(0, explained)
    .flatMap((one, i) => (one.shift === null ? [] : [{ one, i, shift: one.shift }]));
  for (const { one, i, shift } of shifted) {
    signal.throwIfAborted();
    const series = await metrics.findAll(one.host);
    const about = series.find(
      ({ metric, labels }) => seriesName(metric, labels) === seriesName(one.metric, one.labels),
    );
    if (about === undefined) continue;
    const window = { fromMs: shift.timeMs - 6 * hourMs, toMs: Math.min(asOfMs, shift.timeMs + 3 * hourMs) };
    const changes = await findHostChanges(metrics, series, { about, window, exclude });
    if (changes.length > 0) named[i] = { ...one, changes };
  }
  return named;
}
