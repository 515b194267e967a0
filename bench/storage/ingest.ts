import { createMetricStore } from '../../src/metrics/metric-store.ts';
import type { BenchResult } from '../support/bench.ts';
import { median, timeMs } from '../support/timing.ts';
import type { Engine } from './engines.ts';
import { readings, seriesCount, take, ticksPerHour } from './history.ts';
import { createCopiedRows, createInsertedRows, createSqliteRows, type RowTable } from './row-tables.ts';

const limit = 3;
/** What `--short` asks for: on a busy machine the way to the server and back weighs more than what is written. */
const shortLimit = 2;
/** Ticks a round and table, in one transaction or in several. */
const ticksPerRound = 10;

/** Readings into the journal beside the same samples into tables with a row each, in turn, an hour being there already. */
export async function measureIngest(engine: Engine, { short }: { short: boolean }): Promise<BenchResult[]> {
  const rounds = short ? 9 : 30;
  await using place = await engine.createPlace();
  const store = createMetricStore(place.database);
  await using tables = new AsyncDisposableStack();
  const rows = (await createRowTables(engine)).map((table) => tables.use(table));
  const source = readings();
  const hour = take(source, ticksPerHour);
  for (const { append } of [store, ...rows]) await append(hour);
  const results: BenchResult[] = [];
  for (const ticksAtOnce of [1, 10]) {
    const times: number[][] = [];
    for (let round = 0; round < rounds; round++) {
      const ticks = take(source, ticksPerRound);
      const transactions = Array.from({ length: ticksPerRound / ticksAtOnce }, (_, i) =>
        ticks.slice(i * ticksAtOnce, (i + 1) * ticksAtOnce),
      );
      const took: number[] = [];
      for (const { append } of [store, ...rows])
        took.push(
          await timeMs(async () => {
            for (const transaction of transactions) await append(transaction);
          }),
        );
      times.push(took);
    }
    results.push(ingestResult({ engine, ticksAtOnce, rows, times, short }));
  }
  return results;
}

async function createRowTables(engine: Engine): Promise<RowTable[]> {
  if (engine.name === 'SQLite') return [createSqliteRows(await engine.createAddress())];
  return [await createCopiedRows(await engine.createAddress()), await createInsertedRows(await engine.createAddress())];
}

interface IngestTimes {
  readonly engine: Engine;
  readonly ticksAtOnce: number;
  readonly rows: readonly RowTable[];
  /** By round: the journal's milliseconds, then each table's. */
  readonly times: readonly number[][];
  readonly short: boolean;
}

function ingestResult({ engine, ticksAtOnce, rows, times, short }: IngestTimes): BenchResult {
  const atLeast = short ? shortLimit : limit;
  const ratios = rows.map((_, i) => median(times.map((took) => (took[i + 1] ?? 0) / (took[0] ?? 0))));
  const ratio = Math.min(...ratios);
  const rates = ['journal', ...rows.map(({ name }) => name)].map((name, i) => {
    const rate = (ticksPerRound * seriesCount) / median(times.map((took) => took[i] ?? 0));
    return `${name} ${rate.toFixed(0)}`;
  });
  return {
    bar: `${engine.name}: journal ingest >= ${atLeast} times a row-per-sample table${short ? ` (bar: ${limit}, on a quiet machine)` : ''}, ${ticksAtOnce} tick${ticksAtOnce > 1 ? 's' : ''} of ${seriesCount} series a transaction`,
    figure: `${ratio.toFixed(1)} times (median of ${times.length} rounds in turn; points a ms: ${rates.join(', ')})`,
    pass: ratio >= atLeast,
  };
}
