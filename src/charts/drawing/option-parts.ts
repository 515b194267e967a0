import type { CustomSeriesOption, LineSeriesOption } from 'echarts/charts';
import type { GridComponentOption, LegendComponentOption, TitleComponentOption } from 'echarts/components';
import { type ComposeOption, format } from 'echarts/core';
import { safeName } from '../../core/text.ts';
import { chartSize } from '../chart.ts';
import type { ChartTheme } from './theme.ts';
import { timeTicks } from './time-ticks.ts';

export type ChartOption = ComposeOption<
  CustomSeriesOption | LineSeriesOption | GridComponentOption | LegendComponentOption | TitleComponentOption
>;

export type TimeAxisOption = Extract<NonNullable<ChartOption['xAxis']>, { type?: 'value' | undefined }>;

export const fontFamily = 'Roboto';
export const fontSizes = { title: 19, text: 15 } as const;

/** The room around everything. */
export const margin = 16;
const innerWidth = chartSize.width - 2 * margin;

/** What every chart starts from: nothing moves, nothing is invented, and text has the theme's colour. */
export function baseOption(theme: ChartTheme): ChartOption {
  return {
    animation: false,
    useUTC: true,
    backgroundColor: theme.background,
    textStyle: { fontFamily, fontSize: fontSizes.text, color: theme.text },
  };
}

/** The title and the line below it, each on one line. */
export function titleOption(title: string, detail: string, theme: ChartTheme): TitleComponentOption {
  return {
    text: fitted(title, innerWidth, fontSizes.title),
    subtext: fitted(detail, innerWidth, fontSizes.text),
    left: margin,
    top: 11,
    padding: 0,
    itemGap: 6,
    textStyle: { color: theme.text, fontSize: fontSizes.title, fontWeight: 'normal' },
    subtextStyle: { color: theme.faintText, fontSize: fontSizes.text },
  };
}

/** Below the title, in pixels from the top. */
export const titleHeight = 74;

export interface TimeAxisSpan {
  readonly fromMs: number;
  readonly toMs: number;
  /** Of the plot, in pixels from the picture's left. */
  readonly left: number;
  readonly plotWidth: number;
}

/** An axis of time in UTC along the bottom, from the left edge of a plot to its right one. */
export function timeAxis({ fromMs, toMs, left, plotWidth }: TimeAxisSpan, theme: ChartTheme): TimeAxisOption {
  const ticks = timeTicks(fromMs, toMs, Math.floor(plotWidth / 84));
  const labels = new Map(ticks.map(({ ms, label }) => [ms, label]));
  const last = ticks.at(-1);
  const lastX = left + (plotWidth * ((last?.ms ?? fromMs) - fromMs)) / (toMs - fromMs);
  const isCut = lastX + textWidth(last?.label ?? '') / 2 > chartSize.width;
  // The declarations have it for labels alone.
  const customValues = ticks.map(({ ms }) => ms);
  return {
    type: 'value',
    min: fromMs,
    max: toMs,
    axisLine: { show: true, onZero: false, lineStyle: { color: theme.axis } },
    axisTick: { show: true, customValues, lineStyle: { color: theme.axis } } as object,
    axisLabel: {
      customValues,
      formatter: (ms: number) => labels.get(ms) ?? '',
      ...labelStyle(theme),
      // In the middle below its tick, the last one would be cut at the picture's edge.
      ...(isCut && { alignMaxLabel: 'right' as const }),
    },
    splitLine: { show: true, customValues, lineStyle: { color: theme.grid } } as object,
  };
}

export function labelStyle(theme: ChartTheme) {
  return { color: theme.faintText, fontSize: fontSizes.text, fontFamily, hideOverlap: true } as const;
}

/** The width of a line of text in pixels, by the measures that the chart is laid out with. */
export function textWidth(text: string, fontSize: number = fontSizes.text): number {
  return format.getTextRect(text, `${fontSize}px ${fontFamily}`).width;
}

/** A stranger's text on one line of at most `maxWidth` pixels; its middle is left out, as names differ at their ends. */
export function fitted(text: string, maxWidth: number, fontSize: number = fontSizes.text): string {
  // XML knows no way to write these two.
  const clean = withoutMeaning(safeName(text, 1024).replace(/[\uFFFE\uFFFF]/g, '\uFFFD'));
  if (textWidth(clean, fontSize) <= maxWidth) return clean;
  let kept = 0;
  let over = clean.length;
  while (kept < over - 1) {
    const middle = Math.floor((kept + over) / 2);
    if (textWidth(withoutMiddle(clean, middle), fontSize) <= maxWidth) kept = middle;
    else over = middle;
  }
  return withoutMiddle(clean, kept);
}

/**
 * ECharts keeps texts as the keys of plain objects: `__proto__` would change what every object has, and `constructor` be
 * found there. With a space at its end a text is none of them.
 */
function withoutMeaning(text: string): string {
  return text in {} ? `${text} ` : text;
}

function withoutMiddle(text: string, kept: number): string {
  const tail = Math.floor(kept / 2);
  const end = tail === 0 ? '' : text.slice(-tail);
  return `${text.slice(0, kept - tail)}…${end}`.toWellFormed();
}
