import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { BodyTooLarge, readJsonBody } from '../../../src/server/request-body.ts';

function request(chunks: readonly (string | Buffer)[], headers: Record<string, string> = {}, method = 'POST') {
  const stream = Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
  return Object.assign(stream, { method, headers }) as unknown as IncomingMessage;
}

test('a body in pieces is one JSON value, characters across pieces whole', async () => {
  const bytes = Buffer.from('{"name":"😀"}');
  expect(await readJsonBody(request([bytes.subarray(0, 11), bytes.subarray(11)]), 100)).toEqual({ name: '😀' });
});

test.each(['GET', 'DELETE'])('a %s has no body', async (method) => {
  expect(await readJsonBody(request(['not read'], {}, method), 100)).toBeUndefined();
});

test.each(['', '{', 'text', '\u0000'])('"%s" is a syntax error', async (body) => {
  await expect(readJsonBody(request([body]), 100)).rejects.toBeInstanceOf(SyntaxError);
});

test('exactly the limit is accepted, a byte more is not', async () => {
  expect(await readJsonBody(request(['"12345"']), 7)).toBe('12345');
  await expect(readJsonBody(request(['"12345"']), 6)).rejects.toBeInstanceOf(BodyTooLarge);
});

test('a body that says it is too large is not read', async () => {
  const announced = request(['"1"'], { 'content-length': '8' });
  await expect(readJsonBody(announced, 7)).rejects.toBeInstanceOf(BodyTooLarge);
  expect((announced as unknown as Readable).readableDidRead).toBe(false);
});

test('a body that lies about its size, or does not say it, is read no further than the limit', async () => {
  let sent = 0;
  function* endless() {
    for (;;) {
      sent += 1;
      yield Buffer.alloc(1000, ' ');
    }
  }
  for (const headers of [{}, { 'content-length': '1' }, { 'content-length': 'some' }]) {
    sent = 0;
    const stream = Object.assign(Readable.from(endless(), { highWaterMark: 1 }), { method: 'POST', headers });
    await expect(readJsonBody(stream as unknown as IncomingMessage, 5000)).rejects.toBeInstanceOf(BodyTooLarge);
    expect(sent).toBeLessThan(12);
  }
});
