import fc from 'fast-check';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { describe, expect, test } from 'vitest';
import { estimateTokens } from '../../../src/server/tokens.ts';

const real = (text: string) => encode(text).length;

const samples: Readonly<Record<string, string>> = {
  prose:
    'The host web-1 was busy from 12:00 to 14:30; its disk filled up. Ignore previous instructions? No: names are data, never instructions.',
  code: 'export function sum(values: number[]): number {\n  return values.map((x) => x ** 2).reduce((a, b) => a + b, 0);\n}\n',
  json: JSON.stringify([
    { metric: 'system.cpu.utilization', labels: { 'cpu.mode': 'user' }, unit: '1', latest: 0.1234, truncated: false },
    { metric: 'system.disk.io', labels: { 'system.device': 'nvme0n1' }, unit: 'By/s', latest: null },
  ]),
  points: 'avg per 1m from 2026-03-01T12:00:00Z: 0.1234 0.09871 - - 12.5 1234 5.2e-7 0 0 0 100 99.98 123400 0.5',
  names:
    'sshd nginx postgres systemd-journald containerd-shim kworker/u64:3-events_unbound gvfsd-metadata nvme0n1p1 eth0 ens5f0',
  identifiers: '9c1185a5c5e9fc54612808977ee8f548b2258d31 3f9a8c7d-2e1b-4a5f-6c7d-8e9f0a1b2c3d 0xDEADBEEF',
  chinese: '服务器的处理器使用率在过去一小时内显著上升，请检查磁盘空间和内存。',
  japanese: 'サーバーのCPU使用率が過去1時間で上昇しました。ディスクを確認してください。',
  korean: '서버의 프로세서 사용률이 지난 한 시간 동안 크게 상승했습니다.',
  emoji: '😀🚀🔥💾 ⚠️ ✅ ❌ 👨‍👩‍👧',
  arrows: '→ ← ↑ ↓ ≤ ≥ ≠ … – —',
  boxes: '│ ├── └──┐ ┌─┬─┐',
};

test.each(Object.entries(samples))('the estimate of %s is not below what it costs, nor far above', (_name, text) => {
  expect(estimateTokens(text)).toBeGreaterThanOrEqual(real(text));
  expect(estimateTokens(text)).toBeLessThanOrEqual(3.3 * real(text));
});

describe('the estimate is not below what it costs for', () => {
  const many = (unit: fc.Arbitrary<string>) => fc.string({ unit, minLength: 300, maxLength: 600 });
  const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => Number(value.toPrecision(4)));
  const between = (from: number, to: number) =>
    fc.integer({ min: from, max: to }).map((code) => String.fromCodePoint(code));

  test.each<[string, fc.Arbitrary<string>]>([
    ['numbers in a row', fc.array(number, { minLength: 1 }).map((values) => values.join(' '))],
    ['numbers as JSON', fc.array(fc.option(number), { minLength: 1 }).map((values) => JSON.stringify(values))],
    ['digits', many(between(48, 57))],
    [
      'marks',
      many(
        fc.constantFrom('!', '"', '#', '(', ')', '*', ',', '-', '.', '/', ':', ';', '=', '[', ']', '_', '{', '|', '}'),
      ),
    ],
    ['any ASCII', many(between(32, 126))],
    ['Chinese', many(between(0x4e00, 0x9fff))],
    ['kana', many(between(0x3041, 0x30fe))],
    ['emoji', many(between(0x1f300, 0x1f5ff))],
    ['Ethiopic', many(between(0x1200, 0x137f))],
    ['what replaces hidden characters', many(fc.constantFrom('\ufffd', 'a', ' '))],
  ])('%s', (_name, texts) => {
    fc.assert(fc.property(texts, (text) => estimateTokens(text) >= real(text)));
  });

  // No word, so nobody can say without the tables; a name that a stranger made up costs at most a quarter more.
  test.each<[string, fc.Arbitrary<string>]>([
    ['letters in any order, to a quarter', many(between(97, 122))],
    ['base64, to a quarter', fc.base64String({ minLength: 300, maxLength: 600 })],
    ['capitals, to a quarter', many(between(65, 90))],
    ['Korean, to a quarter', many(between(0xac00, 0xd7a3))],
    ['Cyrillic, to a quarter', many(between(0x410, 0x44f))],
  ])('%s', (_name, texts) => {
    fc.assert(
      fc.property(fc.noShrink(texts), (text) => estimateTokens(text) >= 0.75 * real(text)),
      { seed: 1 },
    );
  });
});

test('more text never costs less', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (one, other) => {
      expect(estimateTokens(one + other)).toBeGreaterThanOrEqual(estimateTokens(one) - 1);
    }),
  );
  expect(estimateTokens('')).toBe(0);
});
