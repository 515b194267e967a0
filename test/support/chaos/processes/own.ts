// Becomes the owner, prints `owns`, and lives until it is killed.
import { setTimeout } from 'node:timers/promises';
import { openAt } from '../open-at.ts';

const [where = ''] = process.argv.slice(2);
const owner = (await openAt(where)).ownership('maintain');
while (!(await owner.tryAcquire())) await setTimeout(10);
process.stdout.write('owns\n');
setInterval(() => {}, 60_000);
