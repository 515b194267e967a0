// Appends readings of host `host` at 1, 2, 3 ... ms and prints each time once it is acknowledged.
import { silentLogger } from '../../../../src/core/log.ts';
import { createMetricStore } from '../../../../src/metrics/metric-store.ts';
import { openSqlite } from '../../../../src/storage/sqlite/open-sqlite.ts';

const [dataDir = '', host = '', count = 'Infinity'] = process.argv.slice(2);
const database = await openSqlite({ dataDir, log: silentLogger });
const store = createMetricStore(database);
const descriptors = Array.from({ length: 60 }, (_, i) => ({ metric: `m${i}`, labels: {}, unit: '1' }));
for (let timeMs = 1; timeMs <= Number(count); timeMs += 1) {
  await store.append([{ host, timestampMs: timeMs, descriptors, values: new Float64Array(60).fill(timeMs) }]);
  process.stdout.write(`${timeMs}\n`);
}
await database[Symbol.asyncDispose]();
