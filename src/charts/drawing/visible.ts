import type { Steps, TimeChart } from '../chart.ts';

/** The chart without what lies outside of its window: shapes that reach far beyond the picture fail to be drawn. */
export function visiblePart(chart: TimeChart): TimeChart {
  const { fromMs, toMs, lines, bands = [], marks = [], now, ...rest } = chart;
  const inside = (ms: number) => Math.max(fromMs, Math.min(toMs, ms));
  return {
    ...rest,
    ...{ fromMs, toMs },
    lines: lines.map((line) => {
      const { startMs, cut } = stepsInside(line, chart);
      return { ...line, startMs, values: cut(line.values) };
    }),
    bands: bands.map((band) => {
      const { startMs, cut } = stepsInside(band, chart);
      return { ...band, startMs, lower: cut(band.lower), upper: cut(band.upper) };
    }),
    marks: marks
      .filter((mark) => mark.toMs > fromMs && mark.fromMs < toMs)
      .map((mark) => ({ ...mark, fromMs: inside(mark.fromMs), toMs: inside(mark.toMs) })),
    ...(now !== undefined && now.ms === inside(now.ms) && { now }),
  };
}

/** The steps that reach into the window: the start of the first of them, and what cuts to them. */
function stepsInside({ startMs, stepMs }: Steps, { fromMs, toMs }: TimeChart) {
  const first = Math.max(0, Math.floor((fromMs - startMs) / stepMs));
  const end = Math.max(first, Math.ceil((toMs - startMs) / stepMs));
  return { startMs: startMs + first * stepMs, cut: (values: Float64Array) => values.slice(first, end) };
}
