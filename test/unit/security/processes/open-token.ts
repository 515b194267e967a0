// Says that it is up, waits for a line on stdin, then opens the token of the folder that is its argument.
import { createInterface } from 'node:readline';
import { openAccessToken } from '../../../../src/security/access-token.ts';

process.stdout.write('ready\n');
for await (const _line of createInterface({ input: process.stdin })) break;
process.stdout.write(`${openAccessToken(process.argv[2] ?? '').value.reveal()}\n`);
process.exit();
