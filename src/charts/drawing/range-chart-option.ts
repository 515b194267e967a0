import { chartSize, maxRangeRows, type RangeChart, type RangeRow, type RangeWhen } from '../chart.ts';
import {
  baseOption,
  type ChartOption,
  fitted,
  fontSizes,
  margin,
  textWidth,
  timeAxis,
  titleHeight,
  titleOption,
} from './option-parts.ts';
import { drawn, label } from './shapes.ts';
import type { ChartTheme } from './theme.ts';
import { formatMoment } from './time-ticks.ts';

const maxNameWidth = 230;
const maxWhenWidth = 130;
/** Room for the signs above the plot. */
const top = titleHeight + 12;
const bottom = 36;
/** Between the plot and the columns beside it; the point of an open bar is in it. */
const gap = 16;
const barHeight = 14;
/** From the middle of a row to that of either of its lines. */
const halfLine = fontSizes.text / 2 + 2;

/** What ECharts is to draw for times that are ranges: the most urgent on top, as they are given. */
export function rangeChartOption(chart: RangeChart, theme: ChartTheme): ChartOption {
  const rows = chart.rows.slice(0, maxRangeRows).map(fittedRow);
  const left = margin + gap + Math.max(0, ...rows.flatMap(({ name, detail }) => [textWidth(name), textWidth(detail)]));
  const right =
    margin + gap + Math.max(0, ...rows.flatMap(({ when }) => whenLines(when).map((line) => textWidth(line))));
  const plotWidth = chartSize.width - left - right;
  const plot = { left, right: left + plotWidth };
  const detail = [formatMoment(chart.nowMs), chart.detail].filter(Boolean).join(' · ');
  return {
    ...baseOption(theme),
    title: titleOption(chart.title, detail, theme),
    grid: { left, width: plotWidth, top, bottom, outerBoundsMode: 'none' },
    xAxis: timeAxis({ fromMs: chart.nowMs, toMs: chart.untilMs, left, plotWidth }, theme),
    yAxis: { type: 'value', show: false, inverse: true, min: 0, max: Math.max(1, rows.length) },
    series: [
      drawn('head', 2, () => head(chart, plot, theme)),
      drawn('rules', 1, ({ coord }) => rows.slice(1).map((_, i) => rule(coord([chart.nowMs, i + 1])[1], theme))),
      ...rows.map((row, i) =>
        drawn(`row-${i}`, 2, ({ coord }) => {
          const place = (ms: number) => coord([Math.max(chart.nowMs, Math.min(chart.untilMs, ms)), i + 0.5]);
          return [...rowTexts(row, place(chart.nowMs)[1], plot, theme), ...whenShapes(row.when, place, plot, theme)];
        }),
      ),
    ],
  };
}

/** In pixels from the left. */
interface Plot {
  readonly left: number;
  readonly right: number;
}

function fittedRow({ name, detail, when }: RangeRow): RangeRow {
  const short = (text: string) => fitted(text, maxWhenWidth);
  return {
    name: fitted(name, maxNameWidth),
    detail: fitted(detail, maxNameWidth),
    when: when.kind === 'expected' ? { ...when, text: short(when.text), detail: short(when.detail) } : when,
  };
}

/** What is said beside the plot. */
function whenLines(when: RangeWhen): string[] {
  return when.kind === 'expected' ? [when.text, when.detail].filter(Boolean) : [];
}

/** Above the plot: what its left edge is, and what the signs mean. */
function head({ nowName, rows }: RangeChart, plot: Plot, theme: ChartTheme) {
  const y = top - 13;
  const text = (words: string, x: number) =>
    label(words, { x, y, color: theme.faintText, theme, align: 'left', verticalAlign: 'middle' });
  const now = [
    text(fitted(nowName, 90), plot.left),
    {
      type: 'line',
      shape: { x1: plot.left, y1: top, x2: plot.left, y2: chartSize.height - bottom },
      style: { stroke: theme.now, lineWidth: 1.5 },
    },
  ];
  if (!rows.some(({ when }) => when.kind === 'expected')) return now;
  const likely = 'likely';
  const range = 'earliest to latest (80 %)';
  const rangeX = plot.right - textWidth(range);
  const likelyX = rangeX - 48 - textWidth(likely);
  return [
    ...now,
    likelyDot([likelyX - 12, y], theme),
    text(likely, likelyX),
    bar({ left: rangeX - 30, right: rangeX - 6, y }, theme),
    text(range, rangeX),
  ];
}

/** Between two rows. */
function rule(y: number, theme: ChartTheme) {
  return {
    type: 'line',
    shape: { x1: margin, y1: y, x2: chartSize.width - margin, y2: y },
    style: { stroke: theme.grid, lineWidth: 1 },
  };
}

/** The columns beside the plot. */
function rowTexts({ name, detail, when }: RangeRow, y: number, plot: Plot, theme: ChartTheme) {
  return [
    ...lines([name, detail], { x: margin, y }, theme),
    ...lines(whenLines(when), { x: plot.right + gap, y }, theme),
  ];
}

/** One line in the middle, or two around it. */
function lines(texts: readonly string[], { x, y }: { x: number; y: number }, theme: ChartTheme) {
  return texts.map((text, i) =>
    label(text, {
      x,
      y: texts.length === 1 ? y : y + (i === 0 ? -halfLine : halfLine),
      color: i === 0 ? theme.text : theme.faintText,
      ...{ theme, align: 'left', verticalAlign: 'middle' },
    }),
  );
}

function whenShapes(when: RangeWhen, place: (ms: number) => [x: number, y: number], plot: Plot, theme: ChartTheme) {
  const [, y] = place(0);
  const words = (text: string, x: number, color: string) =>
    label(fitted(text, plot.right - x), { x, y, color, theme, align: 'left', verticalAlign: 'middle' });
  switch (when.kind) {
    case 'already':
      return [alreadyMark(plot.left, y, theme), words(when.text, plot.left + gap, theme.threshold)];
    case 'not-expected':
      return [words(when.text, plot.left + gap, theme.faintText)];
    case 'expected': {
      const { earliestMs, likelyMs, latestMs } = when;
      const ends = { left: place(earliestMs)[0], right: latestMs === null ? plot.right : place(latestMs)[0], y };
      return [
        bar(ends, theme),
        ...(latestMs === null ? [openEnd(plot.right, y, theme)] : []),
        ...(likelyMs === null ? [] : [likelyDot(place(likelyMs), theme)]),
      ];
    }
  }
}

function bar({ left, right, y }: Plot & { readonly y: number }, theme: ChartTheme) {
  const shape = { x: left, y: y - barHeight / 2, width: Math.max(2, right - left), height: barHeight, r: 3 };
  return { type: 'rect', shape, style: { fill: theme.forecast, opacity: 0.4 } };
}

/** The bar goes on beyond the axis. */
function openEnd(x: number, y: number, theme: ChartTheme) {
  const points = [
    [x, y - barHeight / 2],
    [x + 9, y],
    [x, y + barHeight / 2],
  ];
  return { type: 'polygon', shape: { points }, style: { fill: theme.forecast, opacity: 0.4 } };
}

function likelyDot([cx, cy]: readonly [x: number, y: number], theme: ChartTheme) {
  return {
    type: 'circle',
    shape: { cx, cy, r: 6.5 },
    style: { fill: theme.forecast, stroke: theme.background, lineWidth: 1.5 },
  };
}

function alreadyMark(x: number, y: number, theme: ChartTheme) {
  const points = [
    [x, y - 8],
    [x + 8, y],
    [x, y + 8],
    [x - 8, y],
  ];
  return { type: 'polygon', shape: { points }, style: { fill: theme.threshold } };
}
