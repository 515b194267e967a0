import type { CustomSeriesOption, LineSeriesOption } from 'echarts/charts';
import { type ChartLine, chartSize, type LineRole, maxMeasuredLines, type TimeChart } from '../chart.ts';
import { bandOutlines, drawable, linePoints, type Point } from './decimate.ts';
import { bandId, bandOpacity, legendOf, lineId } from './legend.ts';
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
  const valueLabel = (value: number) => fitted(axis.label(value), maxLabelWidth);
  const legend = legendOf(chart, theme);
  const left =
    margin + 8 + Math.max(...[axis.min, axis.max, axis.min + axis.step].map((v) => textWidth(valueLabel(v))));
  const plotWidth = chartSize.width - left - margin;
  const detail = [formatSpan(chart.fromMs, chart.toMs), chart.detail].filter(Boolean).join(' · ');
  return {
    ...baseOption(theme),
    title: titleOption(chart.title, detail, theme),
    legend: [...legend.options],
    grid: { left, right: margin, top: titleHeight, bottom: 34 + legend.height, outerBoundsMode: 'none' },
    xAxis: timeAxis(chart.fromMs, chart.toMs, plotWidth, theme),
    yAxis: {
      type: 'value',
      min: axis.min,
      max: axis.max,
      interval: axis.step,
      axisLine: { show: false },
      axisTick: { show: false },
      axisLabel: { ...labelStyle(theme), formatter: valueLabel },
      splitLine: { lineStyle: { color: theme.grid } },
    },
    series: [
      ...(chart.marks ?? []).map((mark) => markSeries(mark, axis, theme)),
      ...(chart.bands ?? []).map((band, i) => bandSeries(bandId(i), bandOutlines(band, maxPoints / 2), i, theme)),
      ...chart.lines.map((line, i) => lineSeries(line, styleOf(chart, i, theme), i)),
      ...(chart.thresholds ?? []).map((one) => thresholdSeries(one, chart, theme)),
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

const widthOf: Readonly<Record<LineRole, number>> = { measured: 1.75, forecast: 2.25, baseline: 1.5 };

function styleOf({ lines }: TimeChart, index: number, theme: ChartTheme): LineStyle {
  const role = lines[index]?.role ?? 'measured';
  const width = widthOf[role];
  if (role === 'forecast') return { color: theme.forecast, width, type: 'solid' };
  if (role === 'baseline') return { color: theme.baseline, width, type: [5, 4] };
  const number = lines.slice(0, index).filter((line) => line.role === 'measured').length % maxMeasuredLines;
  const color = theme.lines[number] ?? theme.text;
  return { color, width, type: number < maxMeasuredLines / 2 ? 'solid' : [7, 3] };
}

function lineSeries(line: ChartLine, style: LineStyle, index: number): LineSeriesOption {
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
    data: points.map((value, i) => {
      const dot = alone(i) && !Number.isNaN(value[1]);
      return { value: [...value], ...(dot && { symbol: 'circle', symbolSize: 5 }) };
    }),
  };
}

function bandSeries(name: string, outlines: readonly Point[][], index: number, theme: ChartTheme): CustomSeriesOption {
  return drawn(name, 1 + index / 10, ({ coord }) =>
    outlines.map((outline) => ({
      type: 'polygon',
      shape: { points: outline.map(coord) },
      style: { fill: theme.forecast, opacity: bandOpacity },
    })),
  );
}

function markSeries(
  { fromMs, toMs, value }: NonNullable<TimeChart['marks']>[number],
  axis: ValueAxis,
  theme: ChartTheme,
): CustomSeriesOption {
  return drawn('marks', value === undefined ? 0 : 6, ({ coord }) => {
    if (value !== undefined) {
      const [cx, cy] = coord([(fromMs + toMs) / 2, drawable(value)]);
      const style = { fill: theme.background, stroke: theme.mark, lineWidth: 2.5 };
      return [{ type: 'circle', shape: { cx, cy, r: 5 }, style }];
    }
    const [left, top] = coord([fromMs, axis.max]);
    const [right, bottom] = coord([toMs, axis.min]);
    const width = Math.max(3, right - left);
    const shape = { x: (left + right - width) / 2, y: top, width, height: bottom - top };
    return [{ type: 'rect', shape, style: { fill: theme.mark, opacity: 0.25 } }];
  });
}

function thresholdSeries(
  { name, value }: NonNullable<TimeChart['thresholds']>[number],
  { fromMs, toMs }: TimeChart,
  theme: ChartTheme,
): CustomSeriesOption {
  return drawn('thresholds', 5, ({ coord }) => {
    const [x1, y1] = coord([fromMs, drawable(value)]);
    const [x2, y2] = coord([toMs, drawable(value)]);
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
    const [x1, y1] = coord([ms, axis.max]);
    const [x2, y2] = coord([ms, axis.min]);
    const style = { stroke: theme.now, lineWidth: 1, lineDash: [3, 3] };
    return [
      { type: 'line', shape: { x1, y1, x2, y2 }, style },
      label(fitted(name, 200), { x: x1, y: y1 - 4, color: theme.now, theme, align: 'center', verticalAlign: 'bottom' }),
    ];
  });
}
