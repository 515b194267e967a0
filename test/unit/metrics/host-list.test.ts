import { expect, test, vi } from 'vitest';
import { createHostList } from '../../../src/metrics/host-list.ts';
import { fakeStore, readingOf, series } from '../../support/fake-metrics.ts';

const at = (host: string, ms: number) => readingOf(host, ms, [series('cpu'), 1]);

test('the store is asked once for calls at the same time, and again after five seconds', async () => {
  let monotonicMs = 0;
  const store = fakeStore(at('a', 1));
  const hosts = vi.spyOn(store, 'hosts');
  const list = createHostList(store, { now: () => 0, monotonic: () => monotonicMs });
  expect(await Promise.all([list.current(), list.current()])).toEqual(
    Array(2).fill([{ host: 'a', firstMs: 1, lastMs: 1 }]),
  );
  monotonicMs = 5000;
  await list.current();
  expect(hosts).toHaveBeenCalledTimes(1);
  monotonicMs = 5001;
  await list.current();
  expect(hosts).toHaveBeenCalledTimes(2);
});

test('a reading that has arrived counts before it is stored', async () => {
  const list = createHostList(fakeStore(at('a', 1)), { now: () => 0, monotonic: () => 0 });
  await list.current();
  list.saw(at('a', 9));
  list.saw(at('new', 9));
  const found = (await list.current()).map(({ host, firstMs, lastMs }) => [host, firstMs, lastMs]);
  expect(found).toEqual([
    ['a', 1, 9],
    ['new', 9, 9],
  ]);
});

test('that the store could not be asked is told, and the next call asks again', async () => {
  const store = fakeStore(at('a', 1));
  vi.spyOn(store, 'hosts').mockRejectedValueOnce(new Error('locked'));
  const list = createHostList(store, { now: () => 0, monotonic: () => 0 });
  await expect(list.current()).rejects.toThrow('locked');
  expect(await list.current()).toHaveLength(1);
});
