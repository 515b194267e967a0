import { OpenManagerError } from '../../core/errors.ts';
import type { Labels } from '../../core/series.ts';
import { safeName } from '../../core/text.ts';
import { readTime } from '../../core/time.ts';
import { isPseudoInterface } from '../collectors/pseudo-interfaces.ts';
import type { SeriesBatch } from '../stored-series.ts';
import { type Batcher, createBatcher } from './batcher.ts';
import type { LeftOut } from './left-out.ts';
import { implausibleTime } from './plausible-time.ts';
import { derivations, type Emit, type Entry } from './sadf-derived.ts';
import { fieldLabel, fieldTarget } from './sadf-fields.ts';

export interface SadfOptions {
  /** In place of the name that the file gives. */
  readonly host?: string | undefined;
  readonly nowMs: number;
  /** Samples a batch. */
  readonly batchSize?: number;
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads the JSON that `sadf -j -- -A` of sysstat writes: several hosts, each with statistics at several times.
 * @throws `invalid_argument` when it is something else.
 */
export function* readSadf(text: string, options: SadfOptions, leftOut: LeftOut): Generator<SeriesBatch[]> {
  const batcher = createBatcher(options.batchSize);
  for (const one of hostsOf(text)) {
    const host = options.host ?? one.nodename;
    if (typeof host !== 'string' || host === '') refuse('a host has no nodename; name it with --host');
    for (const statistics of objects(one.statistics)) {
      const timeMs = timeOf(statistics);
      const problem = timeMs === null ? 'has no time' : implausibleTime(timeMs, options.nowMs);
      if (timeMs === null || problem !== null) leftOut.add('statistics', `of ${host}: its time ${problem}`);
      else addStatistics(statistics, emitInto(batcher, host, timeMs), leftOut);
      if (batcher.isFull()) yield batcher.take();
    }
  }
  yield batcher.take();
}

function hostsOf(text: string): Json[] {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch (cause) {
    throw new OpenManagerError('invalid_argument', notSadf('it is not valid JSON'), { cause });
  }
  const sysstat = isObject(root) && isObject(root.sysstat) ? root.sysstat : refuse('"sysstat" is missing');
  const hosts = objects(sysstat.hosts);
  return hosts.length > 0 ? hosts : refuse('it names no hosts');
}

function emitInto(batcher: Batcher, host: string, timeMs: number): Emit {
  return (metric, unit, labels, value) => {
    if (Number.isFinite(value)) batcher.series(host, { metric, labels, unit })(timeMs, value);
  };
}

/** Sections are objects or lists of objects; `network`, `psi` and `power-management` hold sections themselves. */
function addStatistics(statistics: Json, emit: Emit, leftOut: LeftOut): void {
  for (const [section, value] of Object.entries(statistics)) {
    if (section === 'timestamp') continue;
    const isGroup = isObject(value) && Object.values(value).every((inner) => typeof inner === 'object');
    if (isGroup) for (const [inner, entries] of Object.entries(value)) addSection(inner, entries, emit, leftOut);
    else addSection(section, value, emit, leftOut);
  }
}

function addSection(section: string, value: unknown, emit: Emit, leftOut: LeftOut): void {
  for (const fields of Array.isArray(value) ? objects(value) : objects([value])) {
    if (section === 'interrupts' && fields.intr !== 'sum') leftOut.add('interrupts of single sources');
    else if (typeof fields.iface === 'string' && isPseudoInterface(fields.iface))
      leftOut.add('readings of loopback and pseudo interfaces');
    else addEntry(section, flattened(fields), emit);
  }
}

function addEntry(section: string, fields: Json, emit: Emit): void {
  const labels = labelsOf(section, fields);
  const derived = Object.hasOwn(derivations, section) ? derivations[section] : undefined;
  derived?.derive(entryOf(fields), labels, emit);
  for (const [field, value] of Object.entries(fields)) {
    if (typeof value !== 'number' || idFields.has(field) || derived?.uses.includes(field)) continue;
    if (section === 'interrupts' && field.startsWith('CPU')) continue;
    const { metric, unit, factor = 1, labels: more = {} } = fieldTarget(section, field);
    emit(metric, unit, { ...labels, ...more }, value * factor);
  }
}

/** Numbers that tell entries from each other. */
const idFields: ReadonlySet<string> = new Set(['line', 'number', 'bus_number']);

function labelsOf(section: string, fields: Json): Labels {
  const named = Object.entries(fields).filter(([field, value]) => typeof value === 'string' || idFields.has(field));
  return Object.assign({}, ...named.map(([field, value]) => fieldLabel(section, field, safeName(String(value)))));
}

/** `io` keeps its fields a level deeper, by direction. */
function flattened(fields: Json): Json {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([field, value]) => (isObject(value) ? Object.entries(value) : [[field, value]])),
  );
}

function entryOf(fields: Json): Entry {
  return {
    number: (field) => (typeof fields[field] === 'number' ? fields[field] : Number.NaN),
    text: (field) => (typeof fields[field] === 'string' ? safeName(fields[field]) : ''),
  };
}

/** Local times are refused: with -T they are of the zone of who ran sadf, which the file does not name. */
function timeOf({ timestamp }: Json): number | null {
  if (!isObject(timestamp) || typeof timestamp.date !== 'string' || typeof timestamp.time !== 'string') return null;
  if (timestamp.utc !== 1)
    refuse('its times are local ones of a zone that it does not name: run sadf without -T and -t');
  return readTime(`${timestamp.date}T${timestamp.time}Z`, 'iso');
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objects(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function refuse(why: string): never {
  throw new OpenManagerError('invalid_argument', notSadf(why));
}

function notSadf(why: string): string {
  return `This is not what "sadf -j -- -A" writes: ${why}.`;
}
