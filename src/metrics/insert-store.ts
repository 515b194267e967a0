import type { Kysely } from 'kysely';
import { OpenManagerError } from '../core/errors.ts';
import type { Database } from '../storage/database.ts';
import type { Schema } from '../storage/schema.ts';
import { chunkHour, chunkKey, hourAt, hourMs } from './chunk-key.ts';
import { compactHour, mergeIntoChunks, oldestReading, widenSeries } from './compaction-store.ts';
import { hostIdOf, seriesIdsOf } from './layout-store.ts';
import { assertDescriptor, assertHost } from './reading-limits.ts';
import { mergeSamples, type Samples, samplesBetween } from './samples.ts';
import { canonicalLabels } from './series-key.ts';
import type { Inserted, SeriesBatch } from './stored-series.ts';

const maxTimeMs = 8_640_000_000_000_000;

/** Adds samples to chunks, all or none; see `MetricStore.insert`. */
export async function insertSamples(database: Database, batches: readonly SeriesBatch[]): Promise<Inserted> {
  for (const batch of batches) assertBatch(batch);
  const hosts = Map.groupBy(
    batches.filter(({ samples }) => samples.timesMs.length > 0),
    ({ host }) => host,
  );
  if (hosts.size === 0) return { added: 0, changed: 0 };
  return database.db.transaction().execute(async (transaction) => {
    const total = { added: 0, changed: 0 };
    const ids = new Map<string, number>();
    for (const host of [...hosts.keys()].sort()) ids.set(host, await hostIdOf(transaction, host));
    await database.lockHosts(
      transaction,
      [...ids.values()].sort((a, b) => a - b),
    );
    for (const [host, ofHost] of hosts) {
      const { added, changed } = await insertOfHost(database, transaction, ids.get(host) as number, ofHost);
      total.added += added;
      total.changed += changed;
    }
    return total;
  });
}

async function insertOfHost(
  database: Database,
  transaction: Kysely<Schema>,
  hostId: number,
  batches: readonly SeriesBatch[],
): Promise<Inserted> {
  const seriesIds = await seriesIdsOf(
    transaction,
    hostId,
    batches.map(({ descriptor }) => descriptor),
  );
  const bySeries = new Map<number, Samples>();
  batches.forEach(({ samples }, i) => {
    const id = seriesIds[i] as number;
    const earlier = bySeries.get(id);
    bySeries.set(id, earlier === undefined ? samples : mergeSamples(earlier, samples));
  });
  const chunks = [...bySeries].flatMap(([id, samples]) => [...byHour(id, samples)]);
  await compactInTheWay(
    database,
    transaction,
    hostId,
    chunks.map(([key]) => chunkHour(key)),
  );
  const count = { added: chunks.reduce((sum, [, { timesMs }]) => sum + timesMs.length, 0), changed: 0 };
  await mergeIntoChunks(database, transaction, chunks, (before, added, after) => {
    const common = before.timesMs.length + added.timesMs.length - after.timesMs.length;
    count.added -= common;
    count.changed += differing(before, after);
  });
  await widenSeries(
    transaction,
    [...bySeries].map(([id, { timesMs }]) => [id, timesMs[0] as number, timesMs.at(-1) as number]),
  );
  return count;
}

/** What the journal has of these hours goes into chunks first: it would hide what is inserted, and win in the end. */
async function compactInTheWay(
  database: Database,
  transaction: Kysely<Schema>,
  hostId: number,
  hours: readonly number[],
): Promise<void> {
  const oldestMs = await oldestReading(transaction, hostId);
  if (oldestMs === undefined) return;
  for (const hour of new Set(hours.filter((one) => one >= hourAt(oldestMs)))) {
    const range = { hostId, fromMs: hour * hourMs, toMs: (hour + 1) * hourMs };
    await compactHour(database, transaction, range);
  }
}

function* byHour(id: number, samples: Samples): Generator<readonly [key: number, samples: Samples]> {
  let rest = samples;
  while (rest.timesMs.length > 0) {
    const hour = hourAt(rest.timesMs[0] as number);
    const part = samplesBetween(rest, hour * hourMs, (hour + 1) * hourMs);
    yield [chunkKey(hour, id), part];
    rest = { timesMs: rest.timesMs.subarray(part.timesMs.length), values: rest.values.subarray(part.values.length) };
  }
}

/** How many samples of `before` have another value in `after`, which has all of its times. */
function differing(before: Samples, after: Samples): number {
  let count = 0;
  let at = 0;
  before.timesMs.forEach((timeMs, i) => {
    while ((after.timesMs[at] as number) < timeMs) at += 1;
    if (!Object.is(before.values[i], after.values[at])) count += 1;
  });
  return count;
}

function assertBatch({ host, descriptor, samples }: SeriesBatch): void {
  assertHost(host);
  assertDescriptor(descriptor);
  const { timesMs, values } = samples;
  if (timesMs.length !== values.length) refuse('as many times as values are needed');
  let previousMs = -1;
  timesMs.forEach((timeMs, i) => {
    if (!Number.isInteger(timeMs) || timeMs < 0 || timeMs > maxTimeMs)
      refuse(`the time ${timeMs}; it must be whole milliseconds since 1970`);
    if (timeMs <= previousMs) refuse('times must ascend');
    if (!Number.isFinite(values[i])) refuse(`the value ${values[i]}; it must be a finite number`);
    previousMs = timeMs;
  });

  function refuse(what: string): never {
    const { metric, labels } = descriptor;
    throw new OpenManagerError('invalid_argument', `Not stored: ${metric}${canonicalLabels(labels)}: ${what}.`);
  }
}
