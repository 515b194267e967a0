import { describe, expect, test } from 'vitest';
import { type ChartTheme, themeOf } from '../../../../src/charts/drawing/theme.ts';

const channels = (hex: string) => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255);
const linear = (share: number) => (share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4);

/** WCAG 2.2, relative luminance and contrast ratio. */
function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [a, b]
    .map((hex) => {
      const [r = 0, g = 0, b = 0] = channels(hex).map(linear);
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    })
    .sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

/** Machado, Oliveira and Fernandes 2009, severity 1: how dichromats see linear RGB. */
const deficiencies = {
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
  none: [1, 0, 0, 0, 1, 0, 0, 0, 1],
};

/** CIE L*a*b*, D65, of a colour as seen with a deficiency. */
function seen(hex: string, m: readonly number[]): number[] {
  const rgb = channels(hex).map(linear);
  const row = (i: number) =>
    Math.max(
      0,
      Math.min(
        1,
        [0, 1, 2].reduce((sum, j) => sum + (m[3 * i + j] ?? 0) * (rgb[j] ?? 0), 0),
      ),
    );
  const [r, g, b] = [row(0), row(1), row(2)];
  const f = (t: number) => (t > 216 / 24_389 ? Math.cbrt(t) : ((24_389 / 27) * t + 16) / 116);
  const x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505);
  const y = f(0.2126 * r + 0.7152 * g + 0.0722 * b);
  const z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

describe.each(Object.entries(themeOf))('the theme %s', (_name, theme: ChartTheme) => {
  test.each(['text', 'faintText', 'threshold', 'now'] as const)('%s can be read (WCAG AA: 4.5)', (name) => {
    expect(contrast(theme[name], theme.background)).toBeGreaterThanOrEqual(4.5);
  });

  test('lines stand out from the background (WCAG AA: 3)', () => {
    for (const colour of [...theme.lines, theme.forecast, theme.baseline, theme.mark, theme.axis]) {
      expect(contrast(colour, theme.background), colour).toBeGreaterThanOrEqual(3);
    }
  });

  test.each(Object.entries(deficiencies))(
    'lines of one dash differ for eyes with the deficiency: %s',
    (_deficiency, matrix) => {
      const groups = [theme.lines.slice(0, 4), theme.lines.slice(4), [theme.lines[0] ?? '', theme.forecast]];
      for (const colours of groups) {
        const labs = colours.map((colour) => seen(colour, matrix));
        labs.forEach((a, i) => {
          for (const [j, b] of labs.entries()) {
            if (j <= i) continue;
            expect(Math.hypot(...a.map((v, k) => v - (b[k] ?? 0))), `${colours[i]} ${colours[j]}`).toBeGreaterThan(10);
          }
        });
      }
    },
  );
});

test('each colour of the light theme has one place, as it stands for one of the dark theme', () => {
  const { lines, ...rest } = themeOf.light;
  const colours = [...Object.values(rest), ...lines];
  expect(new Set(colours).size).toBe(colours.length);
});
