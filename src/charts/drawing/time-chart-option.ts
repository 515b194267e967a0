import type { CustomSeriesOption, LineSeriesOption } from 'echarts/charts';
import {
  type ChartBand,
  type ChartLine,
  chartSize,
  type LineRole,
  maxMeasuredLines,
  type TimeChart,
} from '../chart.ts';
import { bandOutlines, drawable, linePoints } from './decimate.ts';
import { bandId, bandOpacity, legendOf, lineId, marksId } from './legend.ts';
import {
  baseOption,
  type ChartOption,
  fitted,
  labelStyle,
  margin,
  textWidth,
  timeAxis,
  titleHeight,
  titleOption,
} from './option-parts.ts';
import { drawn, label } from './shapes.ts';
import type { ChartTheme } from './theme.ts';
import { formatSpan } from './time-ticks.ts';
import { type ValueAxis, valueAxis } from './value-axis.ts';
import { visiblePart } from './visible.ts';

/** Two a pixel: more would lie upon each other. */
const maxPoints = 1_400;
/** Room for a value with its unit. */
const maxLabelWidth = 140;

/** What ECharts is to draw for values over time. */
export function timeChartOption(asked: TimeChart, theme: ChartTheme): ChartOption {
  const chart = visiblePart(asked);
  const axis = axisOf(chart);
  const valueLabels = axis.labels.map((label) => fitted(label, maxLabelWidth));
  const legend = legendOf(chart, theme);
  const left = margin + 8 + Math.max(...valueLabels.map((label) => textWidth(label)));
  const plotWidth = chartSize.width - left - margin;
  const detail = [formatSpan(chart.fromMs, chart.toMs), chart.detail].filter(Boolean).join(' · ');
  return {
    ...baseOption(theme),
    title: titleOption(chart.title, detail, theme),
    legend: [...legend.options],
    grid: { left, right: margin, top: titleHeight, bottom: 36 + legend.height, outerBoundsMode: 'none' },
    xAxis: timeAxis({ ...chart, left, plotWidth }, theme),
    yAxis: {
      type: 'value',
      min: 0,
      max: axis.labels.length - 1,
      interval: 1,
      axisLine: { show: false },
      axisTick: { show: false },
      axisLabel: { ...labelStyle(theme), formatter: (tick: number) => valueLabels[tick] ?? '' },
      splitLine: { lineStyle: { color: theme.grid } },
    },
    series: [
      ...(chart.marks ?? []).map((mark) => markSeries(mark, axis, theme)),
      ...(chart.bands ?? []).map((band, i) => bandSeries(band, axis, i, theme)),
      ...chart.lines.map((line, i) => lineSeries(line, axis, styleOf(chart, i, theme), i)),
      ...(chart.thresholds ?? []).map((one) => thresholdSeries(one, chart, axis, theme)),
      ...(isEmpty(chart) ? [emptySeries(theme)] : []),
      ...(chart.now === undefined ? [] : [nowSeries(chart.now, axis, theme)]),
    ],
  };
}

function axisOf({ lines, bands = [], thresholds = [], unit }: TimeChart): ValueAxis {
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  const parts = [...lines.map(({ values }) => values), ...bands.flatMap(({ lower, upper }) => [lower, upper])];
  for (const values of [...parts, thresholds.map(({ value }) => value)]) {
    for (const raw of values) {
      const value = drawable(raw);
      if (value < least) least = value;
      if (value > greatest) greatest = value;
    }
  }
  return least > greatest ? valueAxis(0, 0, unit) : valueAxis(least, greatest, unit);
}

function topOf({ labels }: ValueAxis): number {
  return labels.length - 1;
}

function isEmpty({ lines }: TimeChart): boolean {
  return lines.every(({ values }) => values.every((value) => !Number.isFinite(value)));
}

function emptySeries(theme: ChartTheme): CustomSeriesOption {
  const place = { x: chartSize.width / 2, y: chartSize.height / 2, align: 'center', verticalAlign: 'middle' } as const;
  return drawn('empty', 5, () => [label('no values', { ...place, color: theme.faintText, theme })]);
}

interface LineStyle {
  readonly color: string;
  readonly width: number;
  readonly type: 'solid' | [number, number];
}

const widthOf: Readonly<Record<LineRole, number>> = { measured: 2, forecast: 2.5, baseline: 1.75 };

function styleOf({ lines }: TimeChart, index: number, theme: ChartTheme): LineStyle {
  const role = lines[index]?.role ?? 'measured';
  const width = widthOf[role];
  if (role === 'forecast') return { color: theme.forecast, width, type: 'solid' };
  if (role === 'baseline') return { color: theme.baseline, width, type: [5, 4] };
  const number = lines.slice(0, index).filter((line) => line.role === 'measured').length % maxMeasuredLines;
  const color = theme.lines[number] ?? theme.text;
  return { color, width, type: number < maxMeasuredLines / 2 ? 'solid' : [7, 3] };
}

function lineSeries(line: ChartLine, axis: ValueAxis, style: LineStyle, index: number): LineSeriesOption {
  const points = linePoints(line, maxPoints);
  const alone = (i: number) => Number.isNaN(points[i - 1]?.[1] ?? NaN) && Number.isNaN(points[i + 1]?.[1] ?? NaN);
  return {
    type: 'line',
    name: lineId(index),
    silent: true,
    symbol: 'none',
    color: style.color,
    lineStyle: { ...style, join: 'round' },
    z: line.role === 'baseline' ? 3 : 4,
    // A value between two gaps has no line of its own.
    data: points.map(([ms, value], i) => {
      const dot = alone(i) && !Number.isNaN(value);
      return { value: [ms, axis.place(value)], ...(dot && { symbol: 'circle', symbolSize: 6 }) };
    }),
  };
}

function bandSeries(band: ChartBand, axis: ValueAxis, index: number, theme: ChartTheme): CustomSeriesOption {
  const outlines = bandOutlines(band, maxPoints / 2);
  return drawn(bandId(index), 1 + index / 10, ({ coord }) =>
    outlines.map((outline) => ({
      type: 'polygon',
      shape: { points: outline.map(([ms, value]) => coord([ms, axis.place(value)])) },
      style: { fill: theme.forecast, opacity: bandOpacity },
    })),
  );
}

function markSeries(
  { fromMs, toMs, value }: NonNullable<TimeChart['marks']>[number],
  axis: ValueAxis,
  theme: ChartTheme,
): CustomSeriesOption {
  return drawn(marksId, value === undefined ? 0 : 6, ({ coord }) => {
    if (value !== undefined) {
      const [cx, cy] = coord([(fromMs + toMs) / 2, axis.place(drawable(value))]);
      const style = { fill: theme.background, stroke: theme.mark, lineWidth: 2.5 };
      return [{ type: 'circle', shape: { cx, cy, r: 5 }, style }];
    }
    const [left, top] = coord([fromMs, topOf(axis)]);
    const [right, bottom] = coord([toMs, 0]);
    const width = Math.max(3, right - left);
    const shape = { x: (left + right - width) / 2, y: top, width, height: bottom - top };
    return [{ type: 'rect', shape, style: { fill: theme.mark, opacity: 0.25 } }];
  });
}

function thresholdSeries(
  { name, value }: NonNullable<TimeChart['thresholds']>[number],
  { fromMs, toMs }: TimeChart,
  axis: ValueAxis,
  theme: ChartTheme,
): CustomSeriesOption {
  return drawn('thresholds', 5, ({ coord }) => {
    const [x1, y1] = coord([fromMs, axis.place(drawable(value))]);
    const [x2, y2] = coord([toMs, axis.place(drawable(value))]);
    const style = { stroke: theme.threshold, lineWidth: 1.5, lineDash: [6, 4] };
    const below = y1 < titleHeight + 20;
    return [
      { type: 'line', shape: { x1, y1, x2, y2 }, style },
      label(fitted(name, 300), {
        x: x1 + 6,
        y: below ? y1 + 5 : y1 - 5,
        color: theme.threshold,
        theme,
        align: 'left',
        verticalAlign: below ? 'top' : 'bottom',
      }),
    ];
  });
}

function nowSeries(
  { ms, name }: NonNullable<TimeChart['now']>,
  axis: ValueAxis,
  theme: ChartTheme,
): CustomSeriesOption {
  return drawn('now', 5, ({ coord }) => {
    const [x1, y1] = coord([ms, topOf(axis)]);
    const [x2, y2] = coord([ms, 0]);
    const style = { stroke: theme.now, lineWidth: 1, lineDash: [3, 3] };
    return [
      { type: 'line', shape: { x1, y1, x2, y2 }, style },
      label(fitted(name, 200), { x: x1, y: y1 - 4, color: theme.now, theme, align: 'center', verticalAlign: 'bottom' }),
    ];
  });
}
