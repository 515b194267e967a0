import { expect, test, vi } from 'vitest';
import { createMetricStore } from '../../../src/metrics/metric-store.ts';
import { migrations } from '../../../src/storage/migrations/index.ts';
import { openTemporary, startProgram, temporaryDir } from './support.ts';

// Starting a process takes its time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

const everything = { fromMs: 0, toMs: Number.POSITIVE_INFINITY };

async function timesOf(dataDir: string, host: string): Promise<number[]> {
  const store = createMetricStore(await openTemporary(dataDir));
  const [series] = await store.series({ host, metric: 'm59' });
  const id = series?.id ?? -1;
  const samples = (await store.read({ host, seriesIds: [id], ...everything })).get(id);
  expect(samples?.values).toEqual(samples?.timesMs);
  return [...(samples?.timesMs ?? [])];
}

test('a new directory may be opened by several processes at the same moment', async () => {
  const dataDir = temporaryDir();
  const programs = Array.from({ length: 3 }, () => startProgram('open', [dataDir]));
  const answers = await Promise.all(programs.map((program) => program.rest()));
  expect(answers).toEqual([['ok'], ['ok'], ['ok']]);
  const { db } = await openTemporary(dataDir);
  expect(await db.selectFrom('schema_version').selectAll().execute()).toEqual(
    migrations.map(({ major, minor }) => ({ major, minor })),
  );
});

test('two processes that write at once both get everything stored', async () => {
  const dataDir = temporaryDir();
  const programs = ['web-1', 'web-2'].map((host) => startProgram('append', [dataDir, host, '100']));
  await Promise.all(programs.map((program) => program.rest()));
  const expected = Array.from({ length: 100 }, (_, i) => i + 1);
  expect(await timesOf(dataDir, 'web-1')).toEqual(expected);
  expect(await timesOf(dataDir, 'web-2')).toEqual(expected);
});

test('a process killed while it appends loses nothing it had acknowledged', async () => {
  const dataDir = temporaryDir();
  const program = startProgram('append', [dataDir, 'web-1']);
  const acknowledged: string[] = [];
  while (acknowledged.length < 100) acknowledged.push(await program.nextLine());
  program.process.kill('SIGKILL');
  acknowledged.push(...(await program.rest()));
  const stored = await timesOf(dataDir, 'web-1');
  expect(stored).toEqual(expect.arrayContaining(acknowledged.map(Number)));
  expect(stored.length - acknowledged.length).toBeLessThanOrEqual(1);
});

test('one process owns; when it is killed another can at once', async () => {
  const dataDir = temporaryDir();
  const ownership = (await openTemporary(dataDir)).ownership('maintain');
  const owner = startProgram('own', [dataDir]);
  expect(await owner.nextLine()).toBe('true');
  expect(await ownership.tryAcquire()).toBe(false);
  owner.process.kill('SIGSTOP');
  expect(await ownership.tryAcquire()).toBe(false);
  owner.process.kill('SIGKILL');
  await owner.rest();
  expect(await ownership.tryAcquire()).toBe(true);
  expect(await startProgram('own', [dataDir]).nextLine()).toBe('false');
});
