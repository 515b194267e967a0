import type { Chart, ChartThemeName } from './charts/chart.ts';
import { type DrawnChart, drawChart } from './charts/drawing/render.ts';

export interface DrawTask {
  readonly chart: Chart;
  readonly theme: ChartThemeName;
}

/** Draws one chart in a worker thread. */
export function draw({ chart, theme }: DrawTask): Promise<DrawnChart> {
  return drawChart(chart, theme);
}
