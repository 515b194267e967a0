import { expect, test } from 'vitest';
import { createLru, type LruOptions } from '../../../src/core/lru.ts';
import { sizeBytes } from '../../../src/core/size.ts';

function lruOf(change: Partial<LruOptions<string>> = {}) {
  const lru = createLru<string>({ maxEntries: 9, maxBytes: 99, sizeBytes: (text) => text.length, ...change });
  return { ...lru, held: (...keys: string[]) => keys.filter((key) => lru.get(key) !== undefined) };
}

test('the longest unused goes when there are too many', () => {
  const lru = lruOf({ maxEntries: 2 });
  lru.set('a', 'A');
  lru.set('b', 'B');
  expect(lru.get('a')).toBe('A');
  lru.set('c', 'C');
  expect(lru.held('a', 'b', 'c')).toEqual(['a', 'c']);
});

test('so many go as are needed for the bytes; what is larger than all may be is not kept', () => {
  const lru = lruOf({ maxBytes: 10 });
  for (const key of 'abc') lru.set(key, '123');
  lru.set('d', '12345678');
  expect(lru.held('a', 'b', 'c', 'd')).toEqual(['d']);
  lru.set('e', '12345678901');
  expect(lru.held('a', 'b', 'c', 'd', 'e')).toEqual(['d']);
});

test('a value that is replaced counts no more', () => {
  const lru = lruOf({ maxBytes: 10 });
  for (let i = 0; i < 5; i++) lru.set('a', '12345');
  lru.set('b', '12345');
  expect(lru.held('a', 'b')).toEqual(['a', 'b']);
});

test('the size of a value is about what it takes', () => {
  expect(sizeBytes({ mean: new Float64Array(1000) })).toBeGreaterThan(8000);
  expect(sizeBytes({ mean: new Float64Array(1000) })).toBeLessThan(8200);
  expect(sizeBytes(['x'.repeat(500), null, undefined, 1])).toBeGreaterThan(1000);
  expect(sizeBytes(new Map([['key', 'x'.repeat(500)]]))).toBeGreaterThan(1000);
});
