import { expect, test } from 'vitest';
import { retryable } from '../../../src/core/once.ts';

test('calls at the same time and later ones share one result', async () => {
  let made = 0;
  const get = retryable(async () => ({ number: ++made }));
  expect(get.started()).toBe(false);
  const [first, second] = await Promise.all([get(), get()]);
  expect(first).toBe(second);
  expect(await get()).toBe(first);
  expect(get.started()).toBe(true);
  expect(made).toBe(1);
});

test('a failure reaches everybody who waited and is forgotten', async () => {
  let attempts = 0;
  const get = retryable(async () => {
    attempts += 1;
    if (attempts === 1) throw new Error('not yet');
    return attempts;
  });
  const both = await Promise.allSettled([get(), get()]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(get.started()).toBe(false);
  expect(await get()).toBe(2);
});
