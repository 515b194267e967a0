import { describe, expect, test, vi } from 'vitest';
import { createLogger, logLevels } from '../../../src/core/log.ts';

function linesOf(level: (typeof logLevels)[number], use: (log: ReturnType<typeof createLogger>) => void): string[] {
  const lines: string[] = [];
  use(createLogger(level, (line) => lines.push(line)));
  return lines;
}

describe('a logger', () => {
  test.each(logLevels.map((level, i) => [level, logLevels.slice(i)] as const))('at %s writes %j', (level, written) => {
    const lines = linesOf(level, (log) => {
      for (const name of logLevels) log[name]('hello');
    });
    expect(lines.map((line) => line.split(' ')[1])).toEqual(written);
  });

  test('writes the time, the level, the message and the fields as JSON', () => {
    const [line] = linesOf('info', (log) => log.info('reading stored', { host: 'web-1', series: 3 }));
    expect(line).toMatch(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info reading stored \{"host":"web-1","series":3\}\n$/,
    );
  });

  test('writes one line a message, whatever is in it', () => {
    const [line = ''] = linesOf('info', (log) =>
      log.error('resource a\r\n2026-01-01T00:00:00.000Z info forged\u001b[2J failed', { name: 'b\nc' }),
    );
    expect(line.match(/[\p{Cc}\u2028\u2029]/gu)).toEqual(['\n']);
    expect(line).toContain('info forged');
  });

  test('writes an error with its stack and its causes', () => {
    const error = new Error('outer', { cause: new TypeError('inner', { cause: { errno: 5 } }) });
    const [line = ''] = linesOf('info', (log) => log.error('it failed', { error }));
    const fields = JSON.parse(line.slice(line.indexOf('{'))) as { error: Record<string, unknown> };
    expect(fields.error).toMatchObject({
      name: 'Error',
      message: 'outer',
      cause: { name: 'TypeError', message: 'inner', cause: { errno: 5 } },
    });
    expect(fields.error.stack).toContain('log.test.ts');
  });

  test('never fails because of what it is given', () => {
    const circular: Record<string, unknown> = { name: 'socket' };
    circular.self = circular;
    const hostile = {
      toJSON() {
        throw new Error('no');
      },
    };
    const lines = linesOf('info', (log) => {
      log.error('circular', { error: new Error('outer', { cause: circular }) });
      log.error('bigint', { count: 12n });
      log.error('hostile', { hostile });
    });
    expect(lines).toHaveLength(3);
    expect(lines[0]).toContain('outer');
    expect(lines[1]).toContain('12');
    for (const line of lines) expect(line.match(/\n/g)).toEqual(['\n']);
  });

  test('writes to stderr alone: stdout belongs to the protocol', () => {
    const stdout = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const log = createLogger('debug');
    for (const name of logLevels) log[name]('hello');
    expect(stdout).not.toHaveBeenCalled();
    expect(stderr).toHaveBeenCalledTimes(4);
  });
});
