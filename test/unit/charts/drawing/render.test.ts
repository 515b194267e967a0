import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Chart, ChartLine } from '../../../../src/charts/chart.ts';
import { drawChart, renderSvg } from '../../../../src/charts/drawing/render.ts';
import { themeOf } from '../../../../src/charts/drawing/theme.ts';
import { decodePng } from '../../../support/decode-png.ts';
import { chartNowMs, sampleCharts } from '../../../support/sample-charts.ts';
import { textBoxes } from '../../../support/svg-text.ts';

const charts: [name: string, chart: Chart][] = Object.entries(sampleCharts);

describe.each(charts)('the chart "%s"', (name, chart) => {
  test('looks as it did, in light and in dark', async () => {
    const { svg } = await drawChart(chart, 'light');
    await expect(svg).toMatchFileSnapshot(`../../../golden/charts/${name}.svg`);
    await expect(await renderSvg(chart, 'dark')).toMatchFileSnapshot(`../../../golden/charts/${name}.dark.svg`);
  });

  test('is a picture of 800 by 400 in either theme, below 40 kB', async () => {
    for (const theme of ['light', 'dark'] as const) {
      const { png } = await drawChart(chart, theme);
      const { width, height, colours } = decodePng(png);
      expect({ width, height }).toEqual({ width: 800, height: 400 });
      expect(colours[0]).toBe(themeOf[theme].background);
      const drawn = colours.filter((colour) => colour !== themeOf[theme].background).length;
      expect(drawn / colours.length).toBeGreaterThan(0.01);
      expect(png.length).toBeLessThan(40_000);
    }
  });

  test('holds text and shapes alone, and nothing that runs, links or is fetched', async () => {
    const { svg } = await drawChart(chart, 'light');
    const tags = new Set([...svg.matchAll(/<\/?([^\s>]*)/g)].map(([, tag]) => tag));
    expect(
      [...tags].filter((tag) => !/^(svg|g|rect|path|text|defs|clipPath|style|polygon|circle|line)$/.test(tag ?? '')),
    ).toEqual([]);
    expect(svg.replaceAll(/>[^<]*</g, '><')).not.toMatch(/href|on\w+=|javascript:|url\((?!#)/);
    expect(svg).not.toMatch(/[^\P{C}\n\ud800-\udfff]|\uffff/u);
  });

  test('has no text smaller than 12 px and none outside of the picture', async () => {
    const { svg } = await drawChart(chart, 'light');
    for (const { fontSize, left, right, top, bottom } of textBoxes(svg)) {
      expect(fontSize).toBeGreaterThanOrEqual(12);
      expect(left).toBeGreaterThanOrEqual(0);
      expect(right).toBeLessThanOrEqual(800);
      expect(top).toBeGreaterThanOrEqual(0);
      expect(bottom).toBeLessThanOrEqual(400);
    }
  });

  test('has no text upon another', async () => {
    const boxes = textBoxes((await drawChart(chart, 'light')).svg);
    const pairs = boxes.flatMap((a, i) => boxes.slice(i + 1).map((b) => [a, b] as const));
    const overlapping = pairs.filter(
      ([a, b]) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom,
    );
    expect(overlapping.map(([a, b]) => [a.text, b.text])).toEqual([]);
  });
});

describe('drawing', () => {
  test('gives the same text each time, also beside other charts', async () => {
    const first = await drawChart(sampleCharts.forecast, 'light');
    const [again] = await Promise.all([
      drawChart(sampleCharts.forecast, 'light'),
      drawChart(sampleCharts['an-hour'], 'dark'),
    ]);
    expect(again).toEqual(first);
  });

  test("shows the reader's colours: each light one has a dark one in the style of the SVG", async () => {
    const { svg } = await drawChart(sampleCharts['eight-series'], 'light');
    const [style = ''] = /<style>@media \(prefers-color-scheme:dark\).*<\/style>/.exec(svg) ?? [];
    const used = new Set([...svg.replace(style, '').matchAll(/(?:fill|stroke)="(#\w+)"/g)].map(([, colour]) => colour));
    // ECharts' own, of what clips and of lines that have no inside.
    used.delete('#000');
    expect(used.size).toBeGreaterThan(10);
    for (const colour of used) expect(style).toContain(`[fill="${colour}"]{fill:#`);
  });

  test.each(['1', 'By', '{packet}/s'])('names a day that ends the axis in full, in the unit %s', async (unit) => {
    const day = 24 * 3_600_000;
    const toMs = Math.ceil(chartNowMs / day) * day;
    const values = Float64Array.from({ length: 28 }, (_, i) => i / 28);
    const line = { name: '', role: 'measured', startMs: toMs - 7 * day, stepMs: day / 4, values } as const;
    for (const fromMs of [toMs - 7 * day, toMs - 3 * day, toMs - day]) {
      const chart = { kind: 'time', title: 'fill', unit, fromMs, toMs, lines: [line] } as const;
      const boxes = textBoxes((await drawChart(chart, 'light')).svg);
      const last = boxes.find(({ text }) => text === '25 Nov');
      expect(last?.right).toBeGreaterThan(780);
      expect(last?.right).toBeLessThanOrEqual(800);
    }
  });

  test('breaks lines at gaps, and marks a value that stands alone', async () => {
    const { svg } = await drawChart(sampleCharts['gaps-and-anomalies'], 'light');
    const [line = ''] = [...svg.matchAll(/ d="([^"]*)"[^>]*stroke-width="2"/g)].map(([, path = '']) => path);
    // 90 minutes with two gaps, in each of which one value stands alone.
    expect(line.match(/M/g)).toHaveLength(5);
    expect(svg.match(/matrix\(3,0,0,3,/g)).toHaveLength(2);
  });

  test('leaves out what is outside of the window, however far', async () => {
    const { lines } = sampleCharts['an-hour'];
    const far = lines.map((line) => ({ ...line, startMs: line.startMs - 1e12 }));
    const marks = [{ fromMs: 0, toMs: 1 }];
    const moved = { ...sampleCharts['an-hour'], lines: [...lines, ...far], marks, now: { ms: 0, name: 'now' } };
    const { svg, png } = await drawChart(moved, 'light');
    expect(decodePng(png)).toMatchObject({ width: 800, height: 400 });
    expect(textBoxes(svg).map(({ text }) => text)).not.toContain('now');
    const coordinates = [...svg.matchAll(/[ML](-?[\d.]+) (-?[\d.]+)/g)].flatMap(([, x, y]) => [Number(x), Number(y)]);
    expect(Math.min(...coordinates)).toBeGreaterThan(-100);
    expect(Math.max(...coordinates)).toBeLessThan(900);
  });

  test('changes no object of the language, whatever things are called', async () => {
    const names = Object.getOwnPropertyNames(Object.prototype);
    const lines = names.map((name) => ({ ...sampleCharts['an-hour'].lines[0], name }));
    await drawChart({ ...sampleCharts['an-hour'], title: 'constructor', lines } as Chart, 'light');
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(names);
    const { svg } = await drawChart({ ...sampleCharts['an-hour'], title: '__proto__' }, 'light');
    expect(textBoxes(svg).map(({ text }) => text)).toContain('__proto__ ');
  });

  test.each([
    ['huge', [1e300, 1.7e300, 1.2e300]],
    ['tiny', [1e-300, 1.7e-300, 1.2e-300]],
    ['huge and negative', [-1e300, -2e300]],
    ['the largest', [-Number.MAX_VALUE, Number.MAX_VALUE]],
    ['of all sizes', [1e-300, 1, 1e300, -1e300]],
    ['all equal', [1e300, 1e300, 1e300]],
    ['all equal, tiny and negative', [-1e-300, -1e-300]],
    ['nearly equal', [1e9, 1e9 + 3]],
  ])('tells the ticks of values apart that are %s', async (_name, values) => {
    const line = { ...sampleCharts['an-hour'].lines[0], stepMs: 600_000, values: Float64Array.from(values) };
    for (const unit of ['1', 'By', 's', '{packet}']) {
      const { svg } = await drawChart({ ...sampleCharts['an-hour'], unit, lines: [line as ChartLine] }, 'light');
      expect(svg).not.toMatch(/NaN|Infinity|undefined/);
      const ticks = textBoxes(svg).filter(({ top, text }) => top > 50 && !/^\d\d:\d\d$/.test(text));
      expect(ticks.length).toBeGreaterThanOrEqual(3);
      expect(new Set(ticks.map(({ text }) => text)).size).toBe(ticks.length);
      expect(Math.max(...ticks.map(({ text }) => text.length))).toBeLessThan(16);
      // What varies is drawn from about the bottom to about the top.
      const path = / d="([^"]*)"[^>]*stroke-width="2"/.exec(svg)?.[1] ?? '';
      const heights = [...path.matchAll(/[ML][\d.]+ ([\d.]+)/g)].map(([, y]) => Number(y));
      expect(heights).toHaveLength(values.length);
      if (new Set(values).size > 1) expect(Math.max(...heights) - Math.min(...heights)).toBeGreaterThan(50);
    }
  });

  test('takes any numbers, any names and any window', async () => {
    const number = fc.oneof(fc.double(), fc.double({ min: 0, max: 1 }), fc.constantFrom(0, Number.NaN, 1e12, -5));
    const chartOf = fc.record({
      name: fc.string({ unit: 'binary', maxLength: 60 }),
      unit: fc.oneof(fc.constantFrom('1', 'By', 'By/s', 's', '{packet}/s'), fc.string({ maxLength: 20 })),
      stepMs: fc.constantFrom(1000, 60_000, 3_600_000, 86_400_000),
      values: fc.array(number, { minLength: 1, maxLength: 40 }),
      threshold: fc.double({ noNaN: true, noDefaultInfinity: true }),
    });
    await fc.assert(
      fc.asyncProperty(chartOf, async ({ name, unit, stepMs, values, threshold }) => {
        const line = { name, startMs: chartNowMs, stepMs, values: Float64Array.from(values) };
        const { svg, png } = await drawChart(
          {
            ...{ kind: 'time', title: name, unit, fromMs: chartNowMs, toMs: chartNowMs + stepMs * values.length },
            lines: [
              { ...line, role: 'measured' },
              { ...line, role: 'forecast' },
            ],
            bands: [{ ...line, lower: line.values.map((value) => value - 1), upper: line.values }],
            thresholds: [{ name, value: threshold }],
          },
          'light',
        );
        expect(svg).not.toMatch(/NaN|Infinity|undefined/);
        expect(png.length).toBeGreaterThan(1000);
      }),
      { numRuns: 20 },
    );
  }, 30_000);
});
