// Appends readings as the owner, from number `first` on, and prints after each group the number of the next reading.
import { setTimeout } from 'node:timers/promises';
import { createMetricStore } from '../../../../src/metrics/metric-store.ts';
import { openAt } from '../open-at.ts';
import { createReadings, host, seriesFrom, startMs } from '../workload.ts';

const [where = '', series = '', first = ''] = process.argv.slice(2);
const database = await openAt(where);
const store = createMetricStore(database);
const owner = database.ownership(`collect:${host}`);
while (!(await owner.tryAcquire())) await setTimeout(10);
const readingAt = createReadings(seriesFrom(0, Number(series)));
for (let next = Number(first); ; ) {
  const count = 1 + (next % 7);
  await store.append(
    Array.from({ length: count }, (_, i) => readingAt(startMs + (next + i) * 1_000)),
    owner,
  );
  next += count;
  process.stdout.write(`${next}\n`);
}
