import { expect, test } from 'vitest';
import { inParallel } from '../../../src/core/parallel.ts';

const { signal: never } = new AbortController();
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test('every item is worked on, so many at a time as are allowed', async () => {
  const done: number[] = [];
  let atOnce = 0;
  let most = 0;
  await inParallel([1, 2, 3, 4, 5, 6, 7], { atOnce: 3, signal: never }, async (item) => {
    most = Math.max(most, ++atOnce);
    await turn();
    atOnce--;
    done.push(item);
  });
  expect(done).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(most).toBe(3);
});

test('items are taken when there is room for them, not before', async () => {
  let taken = 0;
  let done = 0;
  async function* fleet() {
    for (; taken < 20; taken++) yield taken;
  }
  await inParallel(fleet(), { atOnce: 2, signal: never }, async () => {
    await turn();
    expect(taken - done).toBeLessThanOrEqual(2);
    done++;
  });
  expect(done).toBe(20);
});

test('a failure ends the rest, and is what the caller gets once nothing is under way any more', async () => {
  const ended: string[] = [];
  const work = inParallel(['fails', 'goes on', 'never begins'], { atOnce: 2, signal: never }, async (item, signal) => {
    if (item === 'fails') throw new Error('broken');
    await turn();
    ended.push(`${item}, told to stop: ${signal.aborted}`);
  });
  await expect(work).rejects.toThrow('broken');
  expect(ended).toEqual(['goes on, told to stop: true']);
});

test("an abort ends it with the caller's reason", async () => {
  const given = new AbortController();
  const begun: number[] = [];
  const work = inParallel([1, 2, 3], { atOnce: 1, signal: given.signal }, async (item) => {
    begun.push(item);
    given.abort('enough');
  });
  await expect(work).rejects.toBe('enough');
  expect(begun).toEqual([1]);
});
