import { describe, expect, test } from 'vitest';
import { type CoverageInput, coverageNote, coverageOf, type Deletion } from '../../../src/metrics/coverage.ts';

const hour = 3_600_000;
const minute = 60_000;
const nowMs = Date.UTC(2026, 0, 2);

/** Ten hours up to now in steps of an hour, six samples in each, unless said otherwise. */
async function note(
  change: Partial<CoverageInput> & { hours?: readonly number[] } = {},
  deletion: Partial<Deletion> = {},
): Promise<string> {
  const { hours = Array(10).fill(6), ...rest } = change;
  const window = { fromMs: nowMs - 10 * hour, toMs: nowMs };
  return coverageNote(
    await coverageOf(
      { retentionMs: 90 * 24 * hour, trimmed: async () => null, ...deletion },
      {
        window,
        nowMs,
        startMs: window.fromMs,
        stepMs: hour,
        counts: Float64Array.from(hours),
        series: 1,
        intervalMs: 10 * minute,
        damagedHours: [],
        firstMs: nowMs - 1000 * hour,
        lastMs: nowMs - minute,
        ...rest,
      },
    ),
  );
}

describe('how much of a window is covered', () => {
  test('is not said when it is all of it', async () => {
    expect(await note()).toBe('');
  });

  test('is the part since the first sample, when the history is young', async () => {
    expect(await note({ hours: [0, 0, 0, 0, 6, 6, 6, 6, 6, 6], firstMs: nowMs - 6 * hour })).toBe(
      'Covered: 60 % of the 10h asked for; data starts at 2026-01-01T18:00:00Z.',
    );
  });

  test('names the retention when older samples are deleted', async () => {
    const firstMs = nowMs - 6 * hour;
    expect(await note({ hours: [0, 0, 0, 0, 6, 6, 6, 6, 6, 6], firstMs }, { retentionMs: 6 * hour })).toBe(
      'Covered: 60 % of the 10h asked for; data starts at 2026-01-01T18:00:00Z, older data is deleted after 6h.',
    );
  });

  test('names the limit of size when it was what deleted older samples', async () => {
    const firstMs = nowMs - 6 * hour;
    const young = { hours: [0, 0, 0, 0, 6, 6, 6, 6, 6, 6], firstMs };
    const trimmedAt = (beforeMs: number) => ({ trimmed: async () => ({ beforeMs, maxBytes: 2 ** 30 }) });
    const told =
      'Covered: 60 % of the 10h asked for; data starts at 2026-01-01T18:00:00Z, older data was deleted to keep to 1,024 MB.';
    expect(await note(young, trimmedAt(firstMs))).toBe(told);
    // A series that began later, and one to which older history was added since.
    for (const beforeMs of [firstMs - 2 * hour, firstMs + hour])
      expect(await note(young, trimmedAt(beforeMs))).not.toContain('deleted');
    const window = { fromMs: nowMs - 20 * hour, toMs: nowMs - 10 * hour };
    expect(await note({ hours: Array(10).fill(0), startMs: window.fromMs, window, firstMs }, trimmedAt(firstMs))).toBe(
      'Covered: 0 % of the 10h asked for; data starts later, at 2026-01-01T18:00:00Z, older data was deleted to keep to 1,024 MB.',
    );
  });

  test('that begins with its only sample is what there was since then', async () => {
    const firstMs = nowMs - 10 * hour;
    expect(await note({ hours: [1, ...Array(9).fill(0)], firstMs, lastMs: firstMs, intervalMs: minute })).toBe(
      'Covered: 0 % of the 10h asked for; data ends at 2026-01-01T14:00:00Z.',
    );
  });

  test('says what the window is of where it was not asked for', () => {
    const coverage = { askedMs: 10 * hour, coveredMs: 5 * hour, reasons: ['data ends'] };
    expect(coverageNote(coverage, 'looked at')).toBe('Covered: 50 % of the 10h looked at; data ends.');
  });

  test('names one gap, or the longest of several', async () => {
    expect(await note({ hours: [6, 6, 0, 0, 6, 6, 6, 6, 6, 6] })).toBe(
      'Covered: 80 % of the 10h asked for; nothing was collected from 2026-01-01T16:00:00Z to 2026-01-01T18:00:00Z.',
    );
    expect(await note({ hours: [6, 0, 6, 0, 0, 6, 6, 6, 6, 6] })).toBe(
      'Covered: 70 % of the 10h asked for; nothing was collected in 2 gaps, the longest from 2026-01-01T17:00:00Z to 2026-01-01T19:00:00Z.',
    );
  });

  test('names the end of a host that no longer reports', async () => {
    expect(await note({ hours: [6, 6, 6, 6, 6, 6, 6, 0, 0, 0], lastMs: nowMs - 3 * hour - minute })).toBe(
      'Covered: 69 % of the 10h asked for; data ends at 2026-01-01T20:59:00Z.',
    );
  });

  test('tells a window before all data, one without data, and one that reaches into the future', async () => {
    const none = Array(10).fill(0);
    expect(await note({ hours: none, firstMs: nowMs + hour, lastMs: nowMs + 2 * hour })).toBe(
      'Covered: 0 % of the 10h asked for; data starts later, at 2026-01-02T01:00:00Z.',
    );
    expect(await note({ hours: none, firstMs: undefined, lastMs: undefined })).toBe(
      'Covered: 0 % of the 10h asked for; there is no data of it.',
    );
    expect(await note({ hours: none, firstMs: nowMs - 900 * hour, lastMs: nowMs - 800 * hour })).toBe(
      'Covered: 0 % of the 10h asked for; data ends at 2025-11-29T16:00:00Z.',
    );
    expect(await note({ hours: none })).toBe('Covered: 0 % of the 10h asked for; nothing was collected in that time.');
    const window = { fromMs: nowMs - 5 * hour, toMs: nowMs + 5 * hour };
    const half = { hours: [6, 6, 6, 6, 6, 0, 0, 0, 0, 0], startMs: window.fromMs };
    expect(await note({ window, ...half })).toBe('Covered: 50 % of the 10h asked for; part of it is in the future.');
  });

  test('tells of hours that cannot be read', async () => {
    const hourOf = (i: number) => nowMs / hour - 10 + i;
    // Of one of two series.
    expect(await note({ series: 2, damagedHours: [hourOf(3)] })).toBe(
      'Covered: 100 % of the 10h asked for; 1 hour of it cannot be read, the data is damaged.',
    );
    expect(await note({ hours: [6, 0, 6, 6, 6, 6, 0, 0, 6, 6], damagedHours: [hourOf(1), hourOf(6)] })).toBe(
      'Covered: 70 % of the 10h asked for; nothing was collected from 2026-01-01T21:00:00Z to 2026-01-01T22:00:00Z; 2 hours of it cannot be read, the data is damaged.',
    );
    expect(
      await note({ hours: Array(10).fill(0), damagedHours: Array.from({ length: 10 }, (_, i) => hourOf(i)) }),
    ).toBe('Covered: 0 % of the 10h asked for; 10 hours of it cannot be read, the data is damaged.');
  });

  test('takes rare samples for what they are, and not for gaps', async () => {
    expect(
      await note({ stepMs: 10 * minute, hours: Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? 1 : 0)) }),
    ).toBe('');
  });

  test('knows of rare samples of which the window has one that there are no more', async () => {
    const week = { intervalMs: 168 * hour, lastMs: nowMs - 5 * hour };
    const one = Array.from({ length: 10 }, (_, i) => (i === 5 ? 1 : 0));
    expect(await note({ hours: one, ...week })).toBe('');
    expect(await note({ hours: one, lastMs: nowMs - 5 * hour })).toMatch(/^Covered: \d+ % /);
  });

  test('counts the samples of several series once', async () => {
    const hours = Array.from({ length: 60 }, (_, i) => (i % 6 < 3 ? 0 : 20));
    expect(await note({ stepMs: 10 * minute, hours, series: 20 })).toMatch(/^Covered: 50 % .* in 9 gaps/);
  });
});
