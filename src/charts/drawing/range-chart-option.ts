import { formatDuration } from '../../core/time.ts';
import { chartSize, maxRangeRows, type RangeChart, type RangeRow } from '../chart.ts';
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

const maxNameWidth = 260;
const maxRowHeight = 64;
const bottom = 34;

/** What ECharts is to draw for times that are ranges: the soonest on top, as they are given. */
export function rangeChartOption(chart: RangeChart, theme: ChartTheme): ChartOption {
  const rows = chart.rows.slice(0, maxRangeRows);
  const names = rows.map(({ name }) => fitted(name, maxNameWidth));
  const left = margin + 14 + Math.max(0, ...names.map((name) => textWidth(name)));
  const right = margin + columnGap + 80;
  const plotWidth = chartSize.width - left - right;
  const room = chartSize.height - titleHeight - bottom;
  const height = Math.min(room, Math.max(1, rows.length) * maxRowHeight);
  const detail = [formatSpan(chart.nowMs, chart.untilMs), chart.detail].filter(Boolean).join(' · ');
  return {
    ...baseOption(theme),
    title: titleOption(chart.title, detail, theme),
    grid: { left, width: plotWidth, top: titleHeight, height, outerBoundsMode: 'none' },
    xAxis: timeAxis(chart.nowMs, chart.untilMs, plotWidth, theme),
    yAxis: {
      type: 'category',
      inverse: true,
      data: names,
      axisLine: { show: false },
      axisTick: { show: false },
      axisLabel: { ...labelStyle(theme), color: theme.text, interval: 0, margin: 14 },
    },
    series: [
      drawn('column', 2, ({ coord }) => [columnHead(coord([chart.untilMs, 0]), theme)]),
      ...rows.map((row, i) =>
        drawn(`row-${i}`, 2, ({ coord }) => {
          const place = (ms: number) => coord([Math.max(chart.nowMs, Math.min(chart.untilMs, ms)), i]);
          return rowShapes(row, place, chart, theme);
        }),
      ),
    ],
  };
}

const barHeight = 12;
/** Between the plot and the column on its right. */
const columnGap = 14;

function columnHead([edge]: [x: number, y: number], theme: ChartTheme) {
  const place = { x: edge + columnGap, y: titleHeight - 4, align: 'left', verticalAlign: 'bottom' } as const;
  return label('likely in', { ...place, color: theme.faintText, theme });
}

/** A bar from the earliest to the latest time, a dot at the likely one, and how far off that is. */
function rowShapes(
  { earliestMs, likelyMs, latestMs }: RangeRow,
  place: (ms: number) => [x: number, y: number],
  { nowMs, untilMs }: RangeChart,
  theme: ChartTheme,
) {
  const [left, y] = place(earliestMs);
  const [right] = place(latestMs ?? untilMs);
  const [edge] = place(untilMs);
  const bar = { x: left, y: y - barHeight / 2, width: Math.max(2, right - left), height: barHeight, r: 3 };
  const text =
    likelyMs === null ? `after ${about(untilMs - nowMs)}` : likelyMs <= nowMs ? 'now' : about(likelyMs - nowMs);
  return [
    { type: 'rect', shape: bar, style: { fill: theme.forecast, opacity: 0.35 } },
    ...(latestMs === null ? [openEnd(edge, y, theme)] : []),
    ...(likelyMs === null ? [] : [likelyDot(place(likelyMs), theme)]),
    label(text, { x: edge + columnGap, y, color: theme.text, theme, align: 'left', verticalAlign: 'middle' }),
  ];
}

/** The bar goes on beyond the axis. */
function openEnd(x: number, y: number, theme: ChartTheme) {
  const points = [
    [x, y - barHeight / 2],
    [x + 8, y],
    [x, y + barHeight / 2],
  ];
  return { type: 'polygon', shape: { points }, style: { fill: theme.forecast, opacity: 0.35 } };
}

function likelyDot([cx, cy]: [x: number, y: number], theme: ChartTheme) {
  return {
    type: 'circle',
    shape: { cx, cy, r: 5.5 },
    style: { fill: theme.forecast, stroke: theme.background, lineWidth: 1.5 },
  };
}

/** A duration in two digits or more of its unit. */
function about(ms: number): string {
  const unit = [86_400_000, 3_600_000, 60_000, 1000].find((size) => ms >= size * 10) ?? 1000;
  return formatDuration(Math.round(ms / unit) * unit);
}
