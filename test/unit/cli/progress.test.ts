import { expect, test } from 'vitest';
import { createProgress } from '../../../src/cli/progress.ts';

function started(stream: { isTTY?: boolean; columns?: number }) {
  const time = { ms: 1_000 };
  const written: string[] = [];
  const clock = { now: () => 0, monotonic: () => time.ms };
  const progress = createProgress({ stream: { ...stream, write: (text) => written.push(text) }, clock });
  return { progress, time, written };
}

test('on a terminal one line is rewritten ten times a second at most, and ended once', () => {
  const { progress, time, written } = started({ isTTY: true, columns: 30 });
  for (let count = 1; count <= 100; count++) {
    time.ms += 10;
    progress.update(() => `${count} of many more lines than would fit`);
  }
  progress.end('done');
  expect(written).toHaveLength(11);
  expect(written[0]).toBe('\r\u001B[K10 of many more lines than w…');
  expect(written.at(-1)).toBe('\r\u001B[Kdone\n');
});

test('a line that stays is not cut at the edge of the terminal', () => {
  const { progress, written } = started({ isTTY: true, columns: 30 });
  progress.say('1 of many more lines than would fit');
  progress.end('2 of many more lines than would fit');
  expect(written.map((line) => line.slice(4))).toEqual([
    '1 of many more lines than would fit\n',
    '2 of many more lines than would fit\n',
  ]);
});

test('elsewhere a line is written every five seconds', () => {
  const { progress, time, written } = started({});
  for (let count = 1; count <= 12; count++) {
    time.ms += 1_000;
    progress.update(() => `${count} rows\u001B[2J`);
  }
  progress.end('done');
  expect(written).toEqual(['5 rows\ufffd[2J\n', '10 rows\ufffd[2J\n', 'done\n']);
});
