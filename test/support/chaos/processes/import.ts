// Imports samples until it is killed, from import `first` on; prints `ok N` when import N is acknowledged, else its code.
import { setTimeout } from 'node:timers/promises';
import { toOpenManagerError } from '../../../../src/core/errors.ts';
import { createMetricStore } from '../../../../src/metrics/metric-store.ts';
import { openAt } from '../open-at.ts';
import { importBatch } from '../workload.ts';

const [where = '', first = '', series = '', fromMs = '', hours = ''] = process.argv.slice(2);
const range = { series: Number(series), fromMs: Number(fromMs), hours: Number(hours) };
const store = createMetricStore(await openAt(where));
for (let n = Number(first); ; n += 1) {
  const answer = await store.insert(importBatch(n, range)).then(
    () => 'ok',
    (error: unknown) => toOpenManagerError(error).code,
  );
  process.stdout.write(`${answer} ${n}\n`);
  // Who imports also reads what it imports; SQLite lets nobody else write while one does so without a pause.
  await setTimeout(5);
}
