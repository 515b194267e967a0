import { readFile } from 'node:fs/promises';
import { initWasm, Resvg } from '@resvg/resvg-wasm';
import { CustomChart, LineChart } from 'echarts/charts';
import { GridComponent, LegendPlainComponent, TitleComponent } from 'echarts/components';
import { init, setPlatformAPI, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { retryable } from '../../core/once.ts';
import { assetPath } from '../../core/package-path.ts';
import { type Chart, type ChartThemeName, chartSize } from '../chart.ts';
import { chartAssets } from './assets.ts';
import { encodePng } from './encode-png.ts';
import { readFontWidths } from './font-widths.ts';
import { fontFamily, fontSizes } from './option-parts.ts';
import { rangeChartOption } from './range-chart-option.ts';
import { followReader, themeOf } from './theme.ts';
import { timeChartOption } from './time-chart-option.ts';

use([LineChart, CustomChart, GridComponent, LegendPlainComponent, TitleComponent, SVGRenderer]);

export interface DrawnChart {
  /** In light colours, or in dark ones where the reader's system is dark. */
  readonly svg: string;
  /** In the theme asked for. */
  readonly png: Uint8Array;
}

/** Draws a chart of 800 by 400, the same each time. */
export async function drawChart(chart: Chart, theme: ChartThemeName): Promise<DrawnChart> {
  const light = await renderSvg(chart, 'light');
  const png = await renderPng(theme === 'light' ? light : await renderSvg(chart, theme));
  return { svg: followReader(light), png };
}

/** The chart as an SVG, its text laid out for the bundled font. */
export async function renderSvg(chart: Chart, theme: ChartThemeName): Promise<string> {
  await fontWidths();
  const colours = themeOf[theme];
  const drawing = init(null, null, { renderer: 'svg', ssr: true, ...chartSize });
  try {
    drawing.setOption(chart.kind === 'time' ? timeChartOption(chart, colours) : rangeChartOption(chart, colours));
    return cleaned(drawing.renderToSVGString());
  } finally {
    drawing.dispose();
  }
}

/** An SVG of {@link renderSvg} as PNG. */
async function renderPng(svg: string): Promise<Uint8Array> {
  const [fontBuffer] = await Promise.all([font(), rasterizer()]);
  const fonts = { fontBuffers: [fontBuffer], defaultFontFamily: fontFamily, sansSerifFamily: fontFamily };
  // Nothing is freed where it fails: what panicked cannot be used again, and its thread ends.
  const drawing = new Resvg(svg, { font: fonts });
  const image = drawing.render();
  const png = encodePng(image.pixels, image);
  image.free();
  drawing.free();
  return png;
}

const font = retryable(async () => new Uint8Array(await readAsset('roboto.ttf')));

const rasterizer = retryable(async () => initWasm(await readAsset('resvg.wasm')));

/** ECharts measures by a table of another font where there is no canvas. */
const fontWidths = retryable(async () => {
  const measure = readFontWidths(await font());
  const sizeOf = (css: string | undefined) => Number(/([\d.]+)px/.exec(css ?? '')?.[1] ?? fontSizes.text);
  setPlatformAPI({ measureText: (text, css) => ({ width: measure(text, sizeOf(css)) }) });
});

function readAsset(name: keyof typeof chartAssets): Promise<Buffer> {
  return readFile(assetPath(chartAssets[name], name));
}

/** Without what is there to be pointed at alone, and without numbers that count the charts. */
function cleaned(svg: string): string {
  return svg
    .replace(/<style ?>[\s\S]*?<\/style>\n?/g, '')
    .replace(/ (class|pointer-events|ecmeta_\w+|xmlns:xlink|baseProfile)="[^"]*"/g, '')
    .replace(/<path [^>]*(fill-opacity="0"[^>]*stroke-width="0"|fill="none"(?![^>]*stroke=)[^>]*)><\/path>\n/g, '')
    .replace(/(id="|url\(#)zr\d+-/g, '$1');
}
