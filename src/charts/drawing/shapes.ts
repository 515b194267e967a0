import type { CustomSeriesOption } from 'echarts/charts';
import type { Point } from './decimate.ts';
import { fontFamily, fontSizes } from './option-parts.ts';
import type { ChartTheme } from './theme.ts';

export type Draw = (plot: { coord(point: Point): [x: number, y: number] }) => readonly object[];

/** A series that draws shapes of its own, placed by the axes. */
export function drawn(name: string, z: number, draw: Draw): CustomSeriesOption {
  return {
    type: 'custom',
    name,
    z,
    silent: true,
    data: [[0, 0]],
    renderItem: (_params, api) => {
      const coord = (point: Point) => api.coord([...point]) as [number, number];
      return { type: 'group', children: draw({ coord }) } as ReturnType<NonNullable<CustomSeriesOption['renderItem']>>;
    },
  };
}

export interface LabelPlace {
  readonly x: number;
  readonly y: number;
  readonly color: string;
  readonly theme: ChartTheme;
  readonly align: 'left' | 'center';
  readonly verticalAlign: 'top' | 'middle' | 'bottom';
}

/** Text over lines, which a rim of the background keeps apart. */
export function label(text: string, { x, y, color, theme, align, verticalAlign }: LabelPlace) {
  return {
    type: 'text',
    style: {
      ...{ text, x, y, fill: color, align, verticalAlign },
      ...{ fontSize: fontSizes.text, fontFamily, stroke: theme.background, lineWidth: 3 },
    },
  } as const;
}
