import type { LegendComponentOption } from 'echarts/components';
import { chartSize, type TimeChart } from '../chart.ts';
import { fitted, fontFamily, fontSizes, margin, textWidth } from './option-parts.ts';
import type { ChartTheme } from './theme.ts';

const swatchWidth = 19;
/** ECharts has one gap for both ways: the rest between columns is the text's padding. */
const itemGap = 9;
const padding = 9;
const rowHeight = fontSizes.text + itemGap;
/** What an entry takes beside its text. */
const beside = swatchWidth + 5 + padding + itemGap;
const innerWidth = chartSize.width - 2 * margin;

/** Bands that lie within others are drawn over them, so each adds to the colour. */
export const bandOpacity = 0.22;

export interface Legend {
  readonly option: LegendComponentOption;
  /** In pixels. */
  readonly height: number;
}

/** The names of lines and bands, in columns where they need more than a row; none where the title says it all. */
export function legendOf({ lines, bands = [] }: TimeChart, theme: ChartTheme): Legend {
  const entries = [
    ...lines.map(({ name }, i) => ({ id: lineId(i), name, band: null })),
    ...bands.map(({ name }, i) => ({ id: bandId(i), name, band: i })),
  ];
  if (entries.length < 2) return { option: { show: false }, height: 0 };
  const { columns, textWidth: width } = columnsFor(entries.map(({ name }) => name));
  const texts = new Map(entries.map(({ id, name }) => [id, fitted(name, width)]));
  const option: LegendComponentOption = {
    ...{ left: margin, bottom: 10, padding: 0, itemWidth: swatchWidth, itemHeight: 10, itemGap },
    selectedMode: false,
    formatter: (id) => texts.get(id) ?? '',
    textStyle: {
      ...{ color: theme.text, fontSize: fontSizes.text, fontFamily },
      ...(columns < entries.length ? { width: width + padding } : { padding: [0, padding, 0, 0] }),
    },
    data: entries.map(({ id, band }) =>
      band === null
        ? { name: id, itemStyle: { opacity: 0 } }
        : { name: id, icon: 'rect', itemStyle: { color: theme.forecast, opacity: bandOpacity + 0.1 * band } },
    ),
  };
  return { option, height: Math.ceil(entries.length / columns) * rowHeight };
}

/** What ECharts calls a line, as what people call it need not be unique. */
export function lineId(index: number): string {
  return `line-${index}`;
}

export function bandId(index: number): string {
  return `band-${index}`;
}

/** One row where all names fit into it, else columns that are equally wide. */
function columnsFor(names: readonly string[]): { columns: number; textWidth: number } {
  const half = Math.floor(innerWidth / 2) - beside;
  const widths = names.map((name) => Math.min(half, textWidth(fitted(name, half))) + beside);
  if (widths.reduce((sum, width) => sum + width) <= innerWidth) return { columns: names.length, textWidth: half };
  const columns = Math.max(2, Math.floor(innerWidth / Math.max(...widths)));
  return { columns, textWidth: Math.floor(innerWidth / columns) - beside };
}
