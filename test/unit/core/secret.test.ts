import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { format, inspect } from 'node:util';
import { expect, test } from 'vitest';
import { OpenManagerError } from '../../../src/core/errors.ts';
import { createLogger } from '../../../src/core/log.ts';
import { Secret } from '../../../src/core/secret.ts';

// oxlint-disable typescript/restrict-template-expressions -- what a template makes of it is what is tested
const value = 'hunter2-hunter2';
const secret = new Secret(value);

function printed(print: (console: Console) => void): string {
  let text = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  print(new Console(stream, stream));
  return text;
}

function logged(fields: Record<string, unknown>): string {
  let text = '';
  createLogger('debug', (line) => {
    text += line;
  }).error('it failed', fields);
  return text;
}

test.each<[string, () => string]>([
  ['String()', () => String(secret)],
  ['a template', () => `${secret}`],
  ['concatenation', () => `the ${secret}`],
  ['JSON', () => JSON.stringify({ secret })],
  ['inspect', () => inspect({ deep: [secret] }, { depth: 9, showHidden: true })],
  ['format %s', () => format('%s', secret)],
  ['format %o', () => format('%o', secret)],
  ['format %j', () => format('%j', secret)],
  ['console.log', () => printed((console) => console.log(secret, { secret }))],
  ['console.table', () => printed((console) => console.table([{ secret }]))],
  ['an error that holds it', () => inspect(new Error(`no access with ${secret}`, { cause: secret }))],
  ['an error of ours', () => inspect(new OpenManagerError('internal', `with ${secret}`, { cause: { secret } }))],
  ['a log field', () => logged({ secret, nested: { secret } })],
  ['a logged cause', () => logged({ error: new Error('outer', { cause: { secret } }) })],
])('%s shows <redacted> and not the secret', (_name, print) => {
  const text = print();
  expect(text).toContain('<redacted>');
  expect(text).not.toContain(value);
});

test('not even a look inside the object finds the secret', () => {
  expect(inspect(secret, { customInspect: false, showHidden: true })).not.toContain(value);
  expect(Reflect.ownKeys(secret)).toEqual([]);
});

test('only revealing it gives the secret', () => {
  expect(secret.reveal()).toBe(value);
});
