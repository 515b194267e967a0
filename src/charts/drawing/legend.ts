import type { LegendComponentOption } from 'echarts/components';
import { chartSize, type TimeChart } from '../chart.ts';
import { fitted, fontFamily, fontSizes, margin, textWidth } from './option-parts.ts';
import type { ChartTheme } from './theme.ts';

const swatchWidth = 19;
const itemGap = 9;
const rowHeight = fontSizes.text + itemGap;
/** What an entry takes beside its text. */
const beside = swatchWidth + 24;
const innerWidth = chartSize.width - 2 * margin;

/** Bands that lie within others are drawn over them, so each adds to the colour. */
export const bandOpacity = 0.22;

export interface Legend {
  /** One for each column. */
  readonly options: readonly LegendComponentOption[];
  /** In pixels. */
  readonly height: number;
}

/** The names of lines and bands, in columns; none where the title says it all. */
export function legendOf({ lines, bands = [], marks = [], marksName }: TimeChart, theme: ChartTheme): Legend {
  const entries = [
    ...lines.map(({ name }, i) => ({ id: lineId(i), name, swatch: { itemStyle: { opacity: 0 } } })),
    ...bands.map(({ name }, i) => ({ id: bandId(i), name, swatch: bandSwatch(i, theme) })),
    ...(marks.length > 0 && marksName !== undefined
      ? [{ id: marksId, name: marksName, swatch: markSwatch(theme) }]
      : []),
  ];
  if (entries.length < 2) return { options: [{ show: false }], height: 0 };
  const widths = columnWidths(entries.map(({ name }) => name));
  const height = Math.ceil(entries.length / widths.length) * rowHeight;
  const options = widths.map((width, column): LegendComponentOption => {
    const own = entries.filter((_, i) => i % widths.length === column);
    const texts = new Map(own.map(({ id, name }) => [id, fitted(name, width - beside)]));
    const left = margin + widths.slice(0, column).reduce((sum, one) => sum + one, 0);
    return {
      ...{ left, top: chartSize.height - height - 4, orient: 'vertical', padding: 0 },
      ...{ itemWidth: swatchWidth, itemHeight: 10, itemGap, selectedMode: false },
      formatter: (id) => texts.get(id) ?? '',
      textStyle: { color: theme.text, fontSize: fontSizes.text, fontFamily },
      data: own.map(({ id, swatch }) => ({ name: id, ...swatch })),
    };
  });
  return { options, height };
}

function bandSwatch(index: number, theme: ChartTheme) {
  return { icon: 'rect', itemStyle: { color: theme.forecast, opacity: bandOpacity + 0.1 * index } };
}

function markSwatch(theme: ChartTheme) {
  return { icon: 'circle', itemStyle: { color: theme.background, borderColor: theme.mark, borderWidth: 2.5 } };
}

/** What ECharts calls marks. */
export const marksId = 'marks';

/** What ECharts calls a line, as what people call it need not be unique. */
export function lineId(index: number): string {
  return `line-${index}`;
}

export function bandId(index: number): string {
  return `band-${index}`;
}

/** One row where all names fit into it, each as wide as it is; else columns that are equally wide. */
function columnWidths(names: readonly string[]): number[] {
  const widths = names.map((name) => Math.min(innerWidth / 2, textWidth(fitted(name, innerWidth / 2)) + beside));
  if (widths.reduce((sum, width) => sum + width) <= innerWidth) return widths;
  const count = Math.max(2, Math.floor(innerWidth / Math.max(...widths)));
  return Array.from({ length: count }, () => Math.floor(innerWidth / count));
}
