// Opens the database, which brings its schema up to date; prints `begin` before it and `done` after it.
import { openAt } from '../open-at.ts';

const [where = ''] = process.argv.slice(2);
process.stdout.write('begin\n');
const database = await openAt(where);
process.stdout.write('done\n');
await database[Symbol.asyncDispose]();
