// Stages a file of its own again and again, and prints in the end how many of so many were its own to the end.
import { existsSync } from 'node:fs';
import { stageFile } from '../../../../src/storage/sqlite/staged-file.ts';

const [target = '', rounds = '0'] = process.argv.slice(2);
let kept = 0;
for (let i = 0; i < Number(rounds); i += 1) {
  using staged = stageFile(target);
  if (existsSync(staged.folder)) kept += 1;
}
process.stdout.write(`${kept}\n`);
