import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { listPage, type PageRequest } from '../../../src/server/list-page.ts';
import { estimateTokens } from '../../../src/server/tokens.ts';

const rendering = { line: (n: number) => `item ${n}`, row: (n: number) => ({ n }) };
const items = (count: number) => Array.from({ length: count }, (_, i) => i);
const page = (count: number, request: Partial<PageRequest> = {}) =>
  listPage(items(count), { limit: 50, start: '0', maxTokens: 20_000, ...request }, rendering);

describe('a page', () => {
  test('that holds everything says so and nothing else', () => {
    expect(page(2)).toEqual({
      lines: ['item 0', 'item 1'],
      rows: [{ n: 0 }, { n: 1 }],
      total: 2,
      truncated: false,
      notice: '',
      paging: { total: 2, truncated: false },
    });
  });

  test('cut by the limit says what it shows and how to get the rest', () => {
    expect(page(5, { limit: 2, start: '1' })).toMatchObject({
      rows: [{ n: 1 }, { n: 2 }],
      total: 5,
      truncated: true,
      notice: 'Showing 2-3 of 5; for the rest pass cursor "3".',
      paging: { total: 5, truncated: true, next_cursor: '3' },
    });
  });

  test('cut by the tokens also offers to raise them', () => {
    const { notice, rows } = page(1000, { limit: 1000, maxTokens: 300 });
    expect(rows.length).toBeGreaterThan(5);
    expect(notice).toBe(
      `Showing 1-${rows.length} of 1000; for the rest pass cursor "${rows.length}" or a larger max_tokens.`,
    );
  });

  test('of a tool that takes no cursor does not speak of one', () => {
    const { notice, paging } = listPage(items(1000), { limit: 1000, maxTokens: 300 }, rendering);
    expect(notice).toMatch(/^Showing 1-\d+ of 1000; for the rest pass a larger max_tokens\.$/);
    expect(paging).toEqual({ total: 1000, truncated: true });
  });

  test('has at least one item where there is one, however long', () => {
    const long = { line: () => 'word '.repeat(5000), row: () => ({}) };
    const request = { limit: 50, start: '0', maxTokens: 100 };
    expect(listPage([1, 2], request, long)).toMatchObject({ rows: [{}], paging: { next_cursor: '1' } });
    expect(listPage([], request, long)).toMatchObject({ rows: [], truncated: false });
  });

  test('counts the longer of the line and the row', () => {
    const heavy = { line: () => 'x', row: () => ({ text: 'word '.repeat(100) }) };
    expect(listPage(items(100), { limit: 100, start: '0', maxTokens: 1000 }, heavy).rows.length).toBeLessThan(8);
  });

  test('after the last item is empty', () => {
    expect(page(3, { start: '3' })).toMatchObject({ lines: [], truncated: false, total: 3 });
  });

  test.each(['', '-1', '4', '1.5', 'abc', '0x1', '9'.repeat(30)])('refuses the cursor "%s", naming it', (start) => {
    expect(() => page(3, { start })).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
    expect(() => page(3, { start })).toThrow(/^cursor: use the next_cursor of the answer before/);
  });
});

test('following the cursors shows every item once and in order, each page within its tokens', () => {
  const lengths = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 60 });
  fc.assert(
    fc.property(
      lengths,
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 300, max: 2000 }),
      (words, limit, maxTokens) => {
        const wordy = {
          line: ({ i, count }: { i: number; count: number }) => `${i}${' word'.repeat(count)}`,
          row: ({ i }: { i: number }) => ({ i }),
        };
        const all = words.map((count, i) => ({ i, count }));
        const seen: unknown[] = [];
        for (let start: string | undefined = '0'; start !== undefined; ) {
          const { lines, rows, paging } = listPage(all, { limit, start, maxTokens }, wordy);
          seen.push(...rows.map((row) => row.i));
          expect(rows.length).toBeLessThanOrEqual(limit);
          if (rows.length > 1) expect(estimateTokens(lines.join('\n'))).toBeLessThanOrEqual(maxTokens);
          start = paging.next_cursor as string | undefined;
        }
        expect(seen).toEqual(all.map(({ i }) => i));
      },
    ),
  );
});
