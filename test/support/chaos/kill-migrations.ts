import { setTimeout } from 'node:timers/promises';
import { sql } from 'kysely';
import { encodeIds, encodeValues } from '../../../src/metrics/journal-codec.ts';
import { migrations } from '../../../src/storage/migrations/index.ts';
import { createRandom } from '../random.ts';
import { startChild } from './child.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { openAt, openWith, type StoreKind, type Where } from './open-at.ts';
import { type KillOptions, type KillReport, mostTries } from './report.ts';
import { examine } from './stored.ts';
import { host, metricOf, seriesFrom, startMs, valueAt } from './workload.ts';

const series = 20;
const readings = 200;
const openersAtOnce = 3;

/**
 * Kills processes that bring a database of schema 1.0 up to date: in turn one within the last step, and one of several
 * that open the database at once, at a random moment. Each time what is left is opened, and all samples are looked for.
 */
export async function killMigrations(kind: StoreKind, { kills, seed }: KillOptions): Promise<KillReport> {
  const random = createRandom(seed);
  const total = { read: 0, lost: 0, doubled: 0, wrong: 0, acknowledged: 0, during: 0 };
  const contradictions: string[] = [];
  let wholeMs = 50;
  let kill = 0;
  for (; total.during < kills && kill < mostTries * kills; kill += 1) {
    using place = await kind.newPlace();
    const ledger = await writeOldDatabase(place.where);
    if (kill % 2 === 0) total.during += await killWithin(place.where);
    else {
      const { during, tookMs } = await killOneOfMany(place.where, wholeMs * random.uniform());
      total.during += during;
      wholeMs = tookMs;
    }
    await using database = await openAt(place.where);
    const versions = await database.db.selectFrom('schema_version').selectAll().orderBy('minor').execute();
    if (versions.length !== migrations.length)
      contradictions.push(`${versions.length} versions of the schema are noted`);
    const found = await examine(database, ledger);
    for (const name of ['read', 'lost', 'doubled', 'wrong'] as const) total[name] += found[name];
    total.acknowledged += ledger.acknowledged();
    contradictions.push(...found.contradictions);
  }
  return { kills: kill, ...total, contradictions };
}

async function killWithin(where: Where): Promise<number> {
  await using child = startChild('migrate', [where]);
  await child.printed('inside');
  await child.kill();
  return 1;
}

/** The others must come through. */
async function killOneOfMany(where: Where, afterMs: number): Promise<{ during: number; tookMs: number }> {
  const children = seriesFrom(0, openersAtOnce).map(() => startChild('open', [where]));
  await using first = children[0] ?? startChild('open', [where]);
  await first.printed('begin');
  const began = performance.now();
  await setTimeout(afterMs);
  await first.kill();
  for (const other of children.slice(1)) {
    await other.printed('done');
    if ((await other.ended) !== 0) throw new Error('a process could not open the database');
  }
  return { during: first.lines.includes('done') ? 0 : 1, tookMs: performance.now() - began };
}

/** A database as a program left it that knew the first step of the schema only. */
async function writeOldDatabase(where: Where): Promise<Ledger> {
  const ledger = createLedger();
  await using old = await openWith(migrations.slice(0, 1), where);
  const written = seriesFrom(0, series);
  const times = seriesFrom(0, readings).map((i) => startMs + i * 1_000);
  await old.db.transaction().execute(async (transaction) => {
    await sql`insert into host (name) values (${host})`.execute(transaction);
    for (const one of written)
      await sql`
        insert into series (host_id, metric, labels, unit)
        select id, ${metricOf(one)}, '{}', '1' from host`.execute(transaction);
    const ids = await transaction.selectFrom('series').select('id').orderBy('id').execute();
    const seriesIds = encodeIds(ids.map(({ id }) => id));
    await sql`
      insert into layout (host_id, series_ids, first_ms, last_ms)
      select id, ${seriesIds}, ${times[0]}, ${times.at(-1)} from host`.execute(transaction);
    for (const timeMs of times) {
      const values = encodeValues(Float64Array.from(written, (one) => valueAt(one, timeMs)));
      await sql`
        insert into journal (host_id, time_ms, layout_id, vals)
        select host_id, cast(${timeMs} as bigint), id, ${values} from layout`.execute(transaction);
    }
  });
  ledger.acknowledge(written, times);
  return ledger;
}
