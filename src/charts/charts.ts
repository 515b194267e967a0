import { randomBytes } from 'node:crypto';
import type { MetricForecast } from '../metrics/forecast-metric.ts';
import type { MetricQuery, QueryResult } from '../metrics/query.ts';
import { type AnomalyView, anomalyChart } from './anomaly-chart.ts';
import type { Chart, ChartThemeName } from './chart.ts';
import { type ChartOwner, createChartStore } from './chart-store.ts';
import type { DrawnChart } from './drawing/render.ts';
import { forecastChart } from './forecast-chart.ts';
import { queryChart } from './query-chart.ts';
import { type RangeView, rangeChart } from './range-chart.ts';

/** What a chart is to show. */
export type ChartRequest =
  | { readonly kind: 'forecast'; readonly result: MetricForecast; readonly nowMs: number }
  /** The `count` series after the first `skip` of an answer, up to eight. */
  | { readonly kind: 'query'; readonly query: MetricQuery; readonly skip: number; readonly count: number }
  | ({ readonly kind: 'anomalies' } & AnomalyView)
  | ({ readonly kind: 'range' } & RangeView);

/** A chart that can be read again, as SVG, under its URI. */
export interface KeptChart {
  readonly uri: string;
  readonly png: Uint8Array;
  /** Lines or rows that did not fit. */
  readonly leftOut: number;
}

export interface Charts {
  /** @throws OpenManagerError `cancelled` when `signal` aborts, `internal` when it cannot be drawn. */
  draw(request: ChartRequest, owner: ChartOwner, signal: AbortSignal): Promise<KeptChart>;
  /** @throws OpenManagerError `not_found` when there is no such chart of the owner's. */
  svg(id: string, owner: ChartOwner): string;
}

/** Draws a chart elsewhere than in the thread that serves. */
export type ChartDrawer = (chart: Chart, theme: ChartThemeName, signal: AbortSignal) => Promise<DrawnChart>;

export interface ChartsParts {
  readonly draw: ChartDrawer;
  /** Asked again, as a chart shows more points than a text. */
  readonly queryMetric: (query: MetricQuery) => Promise<QueryResult>;
  readonly theme: ChartThemeName;
}

/** Points of a line that was asked for, about one a pixel. */
const chartPoints = 700;

export function createCharts({ draw, queryMetric, theme }: ChartsParts): Charts {
  const store = createChartStore({
    maxCharts: 50,
    maxBytes: 16 * 1024 ** 2,
    newId: () => randomBytes(16).toString('base64url'),
  });

  async function describe(request: ChartRequest): Promise<Chart> {
    switch (request.kind) {
      case 'forecast':
        return forecastChart(request.result, request.nowMs);
      case 'query': {
        const result = await queryMetric({ ...request.query, maxPoints: chartPoints });
        return queryChart(result, request);
      }
      case 'anomalies':
        return anomalyChart(request);
      case 'range':
        return rangeChart(request);
    }
  }

  return {
    async draw(request, owner, signal) {
      const chart = await describe(request);
      const { svg, png } = await draw(chart, theme, signal);
      return { uri: `openmanager://charts/${store.add(svg, owner)}`, png, leftOut: chart.leftOut ?? 0 };
    },
    svg: (id, owner) => store.get(id, owner),
  };
}
