// Compacts what is older than `beforeMs` as the owner: prints `begin`, and the number of chunks when it is done.
import { setTimeout } from 'node:timers/promises';
import { createMetricStore } from '../../../../src/metrics/metric-store.ts';
import { openAt } from '../open-at.ts';

const [where = '', beforeMs = ''] = process.argv.slice(2);
const database = await openAt(where);
const owner = database.ownership('maintain');
while (!(await owner.tryAcquire())) await setTimeout(10);
process.stdout.write('begin\n');
const made = await createMetricStore(database).compact(owner, Number(beforeMs), new AbortController().signal);
process.stdout.write(`done ${made.chunks}\n`);
await database[Symbol.asyncDispose]();
