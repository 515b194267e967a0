import { expect, test } from 'vitest';
import { createLimit } from '../../../src/core/limit.ts';

/** Work that begins when its turn comes and ends when it is told to. */
function pieces(...names: string[]) {
  const begun: string[] = [];
  const ends = new Map(names.map((name) => [name, Promise.withResolvers<string>()]));
  const work = (name: string) => () => {
    begun.push(name);
    return ends.get(name)?.promise ?? Promise.reject(new Error(name));
  };
  return { begun, work, end: (name: string) => ends.get(name)?.resolve(name) };
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

test('work waits for its turn, in the order in which it came', async () => {
  const limit = createLimit({ atOnce: 2, maxWaiting: 9 });
  const { begun, work, end } = pieces('a', 'b', 'c', 'd');
  const all = ['a', 'b', 'c', 'd'].map((name) => limit(work(name)));
  await settle();
  expect(begun).toEqual(['a', 'b']);
  end('b');
  await settle();
  expect(begun).toEqual(['a', 'b', 'c']);
  for (const name of ['a', 'c', 'd']) end(name);
  expect(await Promise.all(all)).toEqual(['a', 'b', 'c', 'd']);
});

test('who gives up while waiting leaves the queue, and never begins', async () => {
  const limit = createLimit({ atOnce: 1, maxWaiting: 9 });
  const { begun, work, end } = pieces('a', 'b', 'c');
  const given = new AbortController();
  const [a, b, c] = [limit(work('a')), limit(work('b'), given.signal), limit(work('c'))];
  given.abort('enough');
  await expect(b).rejects.toBe('enough');
  end('a');
  end('c');
  expect(await Promise.all([a, c])).toEqual(['a', 'c']);
  expect(begun).toEqual(['a', 'c']);
  await expect(limit(work('d'), given.signal)).rejects.toBe('enough');
});

test('work that fails makes room for the next', async () => {
  const limit = createLimit({ atOnce: 1, maxWaiting: 9 });
  const failing = limit(() => Promise.reject(new Error('broken')));
  const next = limit(async () => 'next');
  await expect(failing).rejects.toThrow('broken');
  expect(await next).toBe('next');
});

test('beyond those that may wait nobody is let in', async () => {
  const limit = createLimit({ atOnce: 1, maxWaiting: 1 });
  const { work, end } = pieces('a', 'b');
  const all = [limit(work('a')), limit(work('b'))];
  await expect(limit(work('c'))).rejects.toMatchObject({ code: 'unavailable' });
  end('a');
  end('b');
  expect(await Promise.all(all)).toEqual(['a', 'b']);
});
