import { createRandom } from '../test/support/random.ts';
import { measureEncoding } from './storage/encoding.ts';
import { createPostgresEngine, createSqliteEngine, type Engine } from './storage/engines.ts';
import { measureEventLoop } from './storage/event-loop.ts';
import { buildHistory, seriesCount } from './storage/history.ts';
import { measureIngest } from './storage/ingest.ts';
import { measureBuckets, measureDay, measureGrowth, measureTop } from './storage/queries.ts';
import { chunkSizeResult, peerResult, sizeResult } from './storage/size.ts';
import { victoriaMetricsBytes } from './storage/victoria-metrics.ts';
import { runDirectly } from './support/args.ts';
import type { BenchOptions, BenchResult } from './support/bench.ts';
import { say } from './support/say.ts';

/** 10 M and 100 M points. */
const ticks = { small: 10_000_000 / seriesCount, large: 100_000_000 / seriesCount } as const;
/** 8 hours and a bit: what is compacted by then shows what will be. */
const shortTicks = 2_000_000 / seriesCount;

/** What samples cost to store, to keep and to read, in both databases, beside rows and VictoriaMetrics. */
export async function run({ short }: BenchOptions): Promise<BenchResult[]> {
  const results = [measureEncoding(short ? 5 : 20)];
  const peers = short ? null : await measurePeers();
  for (const create of [async () => createSqliteEngine(), createPostgresEngine]) {
    const created = await create();
    if (created === null) {
      results.push({ bar: 'PostgreSQL: all of its bars', figure: 'PostgreSQL is not installed', pass: null });
      continue;
    }
    await using engine = created;
    results.push(...(await measureIngest(engine, { short })));
    results.push(...(peers === null ? await measureShort(engine) : await measureLong(engine, peers)));
  }
  if (short) results.push(...onlyLong);
  return results;
}

interface Peers {
  readonly small: number | null;
  readonly large: number | null;
}

/** Bytes of VictoriaMetrics. */
async function measurePeers(): Promise<Peers> {
  say('feeding VictoriaMetrics');
  return { small: await victoriaMetricsBytes(ticks.small), large: await victoriaMetricsBytes(ticks.large) };
}

async function measureShort(engine: Engine): Promise<BenchResult[]> {
  await using place = await engine.createPlace();
  const history = await buildHistory(place, shortTicks);
  const growth = await measureGrowth(history, 40, createRandom(1).uniform);
  return [chunkSizeResult(engine, history, await place.sizes()), ...growth];
}

const onlyLong: readonly BenchResult[] = [
  'bytes a point at 10 M and 100 M points',
  "bytes a point beside VictoriaMetrics'",
  'p50 of queries at 100 M points',
  'the event loop while another process holds a write',
].map((bar) => ({ bar, figure: 'only without --short', pass: null }));

async function measureLong(engine: Engine, peers: Peers): Promise<BenchResult[]> {
  const { uniform } = createRandom(1);
  say(`${engine.name}: ${ticks.small} ticks`);
  await using smallPlace = await engine.createPlace();
  const small = await buildHistory(smallPlace, ticks.small);
  const smallSizes = await smallPlace.sizes();
  say(`${engine.name}: ${ticks.large} ticks`);
  await using largePlace = await engine.createPlace();
  const large = await buildHistory(largePlace, ticks.large);
  const largeSizes = await largePlace.sizes();
  say(`${engine.name}: queries`);
  return [
    sizeResult(engine, small, smallSizes),
    sizeResult(engine, large, largeSizes),
    peerResult(engine, small, smallSizes, peers.small),
    peerResult(engine, large, largeSizes, peers.large),
    await measureDay(small, large, uniform),
    await measureBuckets(large, uniform),
    await measureTop(large),
    ...(await measureGrowth(large, 100, uniform)),
    ...(engine.name === 'SQLite' ? await measureEventLoop(small, 5) : []),
  ];
}

if (import.meta.main) await runDirectly(run);
