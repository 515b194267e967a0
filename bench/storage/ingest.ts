import { createMetricStore } from '../../src/metrics/metric-store.ts';
import type { BenchResult } from '../support/bench.ts';
import { median, timeMs } from '../support/timing.ts';
import type { Engine } from './engines.ts';
import { readings, seriesCount, take, ticksPerHour } from './history.ts';
import { createCopiedRows, createInsertedRows, createSqliteRows, type RowTable } from './row-tables.ts';

const limit = 3;
/** Ticks a round and table, in one transaction or in several. */
const ticksPerRound = 10;

/** Readings into the journal beside the same samples into tables with a row each, in turn, an hour being there already. */
export async function measureIngest(engine: Engine, rounds: number): Promise<BenchResult[]> {
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
    results.push(ingestResult(engine, ticksAtOnce, rows, times));
  }
  return results;
}

async function createRowTables(engine: Engine): Promise<RowTable[]> {
  if (engine.name === 'SQLite') return [createSqliteRows(await engine.createAddress())];
  return [await createCopiedRows(await engine.createAddress()), await createInsertedRows(await engine.createAddress())];
}

/** @param times by round: the journal's milliseconds, then each table's. */
function ingestResult(engine: Engine, ticksAtOnce: number, rows: readonly RowTable[], times: number[][]): BenchResult {
  const ratios = rows.map((_, i) => median(times.map((took) => (took[i + 1] ?? 0) / (took[0] ?? 0))));
  const ratio = Math.min(...ratios);
  const rates = ['journal', ...rows.map(({ name }) => name)].map((name, i) => {
    const rate = (ticksPerRound * seriesCount) / median(times.map((took) => took[i] ?? 0));
    return `${name} ${rate.toFixed(0)}`;
  });
  return {
    bar: `${engine.name}: journal ingest >= ${limit} times a row-per-sample table, ${ticksAtOnce} tick${ticksAtOnce > 1 ? 's' : ''} of ${seriesCount} series a transaction`,
    figure: `${ratio.toFixed(1)} times (median of ${times.length} rounds in turn; points a ms: ${rates.join(', ')})`,
    pass: ratio >= limit,
  };
}
