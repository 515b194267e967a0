import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCoreReader } from '../../../../../src/metrics/collectors/linux/core.ts';
import { parseMounts } from '../../../../../src/metrics/collectors/linux/mounts.ts';
import type { ProcFiles } from '../../../../../src/metrics/collectors/linux/proc-file.ts';
import { parseProcessStat } from '../../../../../src/metrics/collectors/linux/processes.ts';
import { scan } from '../../../../../src/metrics/collectors/linux/scanner.ts';
import { valuesOf } from '../values.ts';

/** Bytes that often look like the tables of /proc, so that the readers get past the first word. */
const words = fc.constantFrom(
  ...'cpu cpu0 cpu7 ctxt processes MemTotal: MemFree: SwapTotal: __proto__ constructor sda nvme0n1 eth0: some full'.split(
    ' ',
  ),
  ...'total=12 total=x pswpin pgfault max usage_usec nr_periods inactive_file 0 1 42 18446744073709551615 -1 1e9 0.5 :'.split(
    ' ',
  ),
);
const likely = fc
  .array(
    fc.array(words, { maxLength: 20 }).map((line) => line.join(' ')),
    { maxLength: 12 },
  )
  .map((lines) => Buffer.from(lines.join('\n')));
const content = fc.oneof(
  likely,
  fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
  fc.constant(null),
);

/** Files that all give the same bytes, or cannot be read. */
function filesOf(bytes: () => Buffer | null): ProcFiles {
  const read = () => {
    const current = bytes();
    return current === null ? null : scan(current, current.length);
  };
  return { open: () => ({ read }), [Symbol.dispose]: () => {} };
}

describe('any bytes in the files of /proc', () => {
  it('give readings whose series come once and whose values are finite or unknown', () => {
    fc.assert(
      fc.property(fc.array(content, { minLength: 1, maxLength: 4 }), (contents) => {
        let current: Buffer | null = null;
        const reader = createCoreReader(
          filesOf(() => current),
          '/nowhere',
        );
        for (const [i, bytes] of contents.entries()) {
          current = bytes;
          const reading = reader.read({ index: i + 1, seconds: 5 });
          expect(valuesOf(reading).size).toBe(reading.values.length);
          expect(reading.values.every((value) => Number.isFinite(value) || Number.isNaN(value))).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('are walked to their end by the scanner, line by line as a split would', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const buffer = Buffer.from(bytes);
        const scanner = scan(buffer, buffer.length);
        const lines: string[] = [];
        while (scanner.nextLine()) lines.push(scanner.rest());
        const expected = splitLines(buffer).map((line) => line.toString('utf8'));
        expect(lines).toEqual(expected);
      }),
    );
  });

  it('read as numbers exactly where they are unsigned decimals', () => {
    const digits = fc.oneof(
      fc.nat({ max: 2 ** 31 - 1 }).map(String),
      fc.stringMatching(/^[\x21-\x39\x3b-\x7e]{1,12}$/),
    );
    fc.assert(
      fc.property(digits, (word) => {
        const scanner = scan(Buffer.from(` ${word}\tnext`), word.length + 6);
        scanner.nextLine();
        expect(scanner.number()).toBe(/^\d+$/.test(word) ? Number(word) : Number.NaN);
        expect(scanner.word()).toBe('next');
      }),
    );
  });

  it('never make the mount table or the process line throw', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        parseProcessStat(text);
        for (const { mountpoint } of parseMounts(`${text}\n1 2 3:4 / /${text} rw - ext4 /dev/x rw`)) {
          expect(mountpoint.startsWith('/')).toBe(true);
        }
      }),
    );
  });
});

/** The lines of a table; a final newline ends the last one. */
function splitLines(buffer: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  let start = 0;
  for (let at = buffer.indexOf(10); at >= 0; at = buffer.indexOf(10, start)) {
    lines.push(buffer.subarray(start, at));
    start = at + 1;
  }
  if (start < buffer.length) lines.push(buffer.subarray(start));
  return lines;
}
