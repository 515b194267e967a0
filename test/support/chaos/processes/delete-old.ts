// Deletes what is older than `fromMs` as the owner: prints `begin`, and the number of chunks when it is done.
import { setTimeout } from 'node:timers/promises';
import { createMetricStore } from '../../../../src/metrics/metric-store.ts';
import { openAt } from '../open-at.ts';

const [where = '', fromMs = ''] = process.argv.slice(2);
const database = await openAt(where);
const owner = database.ownership('maintain');
while (!(await owner.tryAcquire())) await setTimeout(10);
process.stdout.write('begin\n');
const retention = { fromMs: Number(fromMs), maxBytes: Number.MAX_SAFE_INTEGER, nowMs: Date.now() };
const deleted = await createMetricStore(database).deleteOld(owner, retention);
process.stdout.write(`done ${deleted.chunks}\n`);
await database[Symbol.asyncDispose]();
