import type { ChartThemeName } from '../chart.ts';

/** The colours of a chart, all of them opaque six-digit hex: {@link followReader} replaces one theme's by another's. */
export interface ChartTheme {
  readonly background: string;
  readonly text: string;
  readonly faintText: string;
  readonly grid: string;
  readonly axis: string;
  readonly forecast: string;
  readonly baseline: string;
  readonly threshold: string;
  readonly mark: string;
  readonly now: string;
  /** Of measured lines, in their order. The first four differ for every kind of colour vision; the rest are dashed. */
  readonly lines: readonly string[];
}

const light: ChartTheme = {
  background: '#ffffff',
  text: '#1f2329',
  faintText: '#5a6270',
  grid: '#e6e8ec',
  axis: '#8a919e',
  forecast: '#c4520a',
  baseline: '#6f7682',
  threshold: '#c01c3f',
  mark: '#8d3a9c',
  now: '#4d5461',
  lines: ['#0a6cb8', '#c2570c', '#0f8060', '#a34a8a', '#3f8fb5', '#94700a', '#4e5f79', '#b5566b'],
};

const dark: ChartTheme = {
  background: '#181b1f',
  text: '#e4e6eb',
  faintText: '#a4abb8',
  grid: '#2b2f36',
  axis: '#727987',
  forecast: '#ff9e4a',
  baseline: '#8f96a3',
  threshold: '#ff7389',
  mark: '#cf8be0',
  now: '#b4bac6',
  lines: ['#5aa9f0', '#f39a45', '#3cc49a', '#d98cc2', '#86d0f0', '#d8b64a', '#a7b4cb', '#f0919f'],
};

export const themeOf: Readonly<Record<ChartThemeName, ChartTheme>> = { light, dark };

/**
 * An SVG in light colours that shows the dark ones where the reader's system is dark: attributes give way to rules of
 * a style sheet.
 */
export function followReader(svg: string): string {
  const rules = colourPairs().map(([from, to]) => `[fill="${from}"]{fill:${to}}[stroke="${from}"]{stroke:${to}}`);
  const style = `<style>@media (prefers-color-scheme:dark){${rules.join('')}}</style>`;
  return svg.replace('</svg>', `${style}</svg>`);
}

function colourPairs(): [light: string, dark: string][] {
  const colours = ({ lines, ...rest }: ChartTheme) => [...Object.values(rest), ...lines] as string[];
  const darks = colours(dark);
  return colours(light).map((colour, i) => [colour, darks[i] ?? colour]);
}
