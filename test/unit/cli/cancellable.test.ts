import { expect, test, vi } from 'vitest';
import { runCancellable } from '../../../src/cli/cancellable.ts';
import { OpenManagerError } from '../../../src/core/errors.ts';

const untilAborted = (signal: AbortSignal) =>
  new Promise<number>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });

test.each(['SIGINT', 'SIGTERM'] as const)('%s stops the work, says how to go on and gives 130', async (name) => {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const before = process.listenerCount(name);
  const running = runCancellable({ work: untilAborted, howToGoOn: () => 'Run it again.' });
  process.emit(name, name);
  expect(await running).toBe(130);
  expect(write).toHaveBeenCalledWith('Stopped. Run it again.\n');
  expect(process.listenerCount(name)).toBe(before);
  write.mockRestore();
});

test('work that ends or fails by itself keeps its exit code and its error', async () => {
  expect(await runCancellable({ work: () => Promise.resolve(3), howToGoOn: () => '' })).toBe(3);
  const refused = new OpenManagerError('unavailable', 'gone');
  await expect(runCancellable({ work: () => Promise.reject(refused), howToGoOn: () => '' })).rejects.toBe(refused);
});
