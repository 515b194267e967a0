import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { closest, counted, nearest, safeLabels, safeName } from '../../../src/core/text.ts';

describe('a name that is shown', () => {
  test.each([
    ['a line feed', 'web\n1'],
    ['a carriage return', 'web\r1'],
    ['an ANSI escape', 'web\u001b1'],
    ['a C1 control', 'web\u009b1'],
    ['a NUL', 'web\u00001'],
    ['a line separator', 'web\u20281'],
    ['a right-to-left override', 'web\u202e1'],
    ['a first strong isolate', 'web\u20681'],
    ['a zero-width space', 'web\u200b1'],
    ['a zero-width joiner', 'web\u200d1'],
    ['a byte order mark', 'web\ufeff1'],
    ['a soft hyphen', 'web\u00ad1'],
    ['a tag character', 'web\u{e0041}1'],
    ['a variation selector', 'web\ufe0f1'],
    ['a supplementary variation selector', 'web\u{e0101}1'],
    ['a combining grapheme joiner', 'web\u034f1'],
    ['a Hangul filler', 'web\u31641'],
    ['a private character', 'web\ue0001'],
    ['a lone surrogate', 'web\ud8001'],
  ])('shows %s instead of obeying or hiding it', (_what, name) => {
    expect(safeName(name)).toBe('web\ufffd1');
  });

  test('keeps letters, marks and symbols of any script', () => {
    for (const name of ['web-1.example', 'café', 'сервер', '服务器', '😀', 'a {b=c}', 'e\u0301'])
      expect(safeName(name)).toBe(name);
  });

  test('is cut with an ellipsis where it is too long', () => {
    expect(safeName('x'.repeat(128))).toBe('x'.repeat(128));
    expect(safeName('x'.repeat(129))).toBe(`${'x'.repeat(127)}…`);
    expect(safeName('abcdef', 4)).toBe('abc…');
  });

  test('stays one well-formed line within the limit, whatever it holds', () => {
    const text = fc.string({ unit: 'binary', maxLength: 300 });
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 200 }), (name, maxLength) => {
        const shown = safeName(name, maxLength);
        expect(shown.length).toBeLessThanOrEqual(maxLength);
        expect(shown.isWellFormed()).toBe(true);
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2028\u2029]/u);
      }),
    );
  });

  test('covers the names and the values of labels', () => {
    const labels = JSON.parse('{"a\\nb":"c\\u202ed","__proto__":"e"}') as Record<string, string>;
    expect(Object.entries(safeLabels(labels))).toEqual([
      ['a\ufffdb', 'c\ufffdd'],
      ['__proto__', 'e'],
    ]);
  });
});

describe('the nearest candidates', () => {
  test('are those with the same words, then those with the fewest edits', () => {
    const metrics = ['system.cpu.utilization', 'system.memory.utilization', 'system.disk.io', 'process.count'];
    expect(closest('cpu', metrics, 1)).toEqual(['system.cpu.utilization']);
    expect(closest('memory_utilization', metrics, 1)).toEqual(['system.memory.utilization']);
    expect(closest('system.dsik.io', metrics, 1)).toEqual(['system.disk.io']);
    expect(closest('WEB-2', ['db-1', 'web-1'], 1)).toEqual(['web-1']);
  });

  test('are as many as asked for, an exact one first', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.stringMatching(/^[a-z]{3,12}$/), { minLength: 1 }), (names) => {
        const [wanted = ''] = names;
        const found = closest(wanted, names);
        expect(found).toHaveLength(Math.min(5, names.length));
        expect(found[0]).toBe(wanted);
      }),
    );
    expect(closest('x', [])).toEqual([]);
  });
});

test.each([
  ['memroy', ['time', 'memory'], 'memory'],
  ['cpu', ['time', 'CPU usage [%]'], 'CPU usage [%]'],
  ['tim', ['time'], 'time'],
  ['0', ['time', 'cpu'], undefined],
  ['foo', ['time', '10'], undefined],
  ['temperature', ['time', 'cpu'], undefined],
  ['x', [], undefined],
])('the one that "%s" may have been meant for, of %j, is %s', (asked, candidates, expected) => {
  expect(nearest(asked, candidates)).toBe(expected);
});

test('one is told as one, and anything else as several', () => {
  expect([0, 1, 2].map((n) => counted(n, 'step'))).toEqual(['0 steps', '1 step', '2 steps']);
  expect([1, 2].map((n) => counted(n, 'host has', 'hosts have'))).toEqual(['1 host has', '2 hosts have']);
});
