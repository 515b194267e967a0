// Brings a database up to date as the program does, but stays within the last step: prints `inside` there.
import { migrations } from '../../../../src/storage/migrations/index.ts';
import { openWith } from '../open-at.ts';

const [where = ''] = process.argv.slice(2);
const last = migrations.at(-1);
if (last === undefined) throw new Error('there is no migration');
const endless: typeof last = {
  ...last,
  async up(db, types) {
    await last.up(db, types);
    process.stdout.write('inside\n');
    setInterval(() => {}, 60_000);
    await new Promise(() => {});
  },
};
await openWith([...migrations.slice(0, -1), endless], where);
