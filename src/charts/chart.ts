/**
 * A chart as plain data, so that it may travel to the thread that draws it. Names in it are data: any text is safe.
 * Times are milliseconds since the epoch, values are in the chart's unit, NaN is missing.
 */
export type Chart = TimeChart | RangeChart;

export type ChartThemeName = 'light' | 'dark';

/** Values over time. */
export interface TimeChart {
  readonly kind: 'time';
  readonly title: string;
  /** What is said below the title, after the span of time. */
  readonly detail?: string;
  /** UCUM, as in {@link Descriptor}. */
  readonly unit: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** At most 8 measured ones are told apart by colour and dash. */
  readonly lines: readonly ChartLine[];
  /** Wide before narrow. */
  readonly bands?: readonly ChartBand[];
  readonly thresholds?: readonly Threshold[];
  readonly marks?: readonly ChartMark[];
  /** What the marks are called in the legend. */
  readonly marksName?: string;
  /** A vertical line, named above the plot. */
  readonly now?: { readonly ms: number; readonly name: string };
  /** Lines that did not fit. */
  readonly leftOut?: number;
}

export type LineRole = 'measured' | 'forecast' | 'baseline';

export interface Steps {
  /** Start of the first step. */
  readonly startMs: number;
  readonly stepMs: number;
}

export interface ChartLine extends Steps {
  readonly name: string;
  readonly role: LineRole;
  readonly values: Float64Array;
}

export interface ChartBand extends Steps {
  readonly name: string;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

export interface Threshold {
  readonly name: string;
  readonly value: number;
}

/** What was odd: an interval, or a point where it has a value. */
export interface ChartMark {
  readonly fromMs: number;
  readonly toMs: number;
  readonly value?: number;
}

/** When something happens, for several things: one row each, with a bar from the earliest to the latest time. */
export interface RangeChart {
  readonly kind: 'range';
  readonly title: string;
  readonly detail?: string;
  readonly nowMs: number;
  /** What the start of the axis is called. */
  readonly nowName: string;
  /** End of the axis: what lies beyond is not known. */
  readonly untilMs: number;
  readonly rows: readonly RangeRow[];
  /** Rows that did not fit. */
  readonly leftOut?: number;
}

export interface RangeRow {
  readonly name: string;
  /** Below the name, e.g. how far it is. */
  readonly detail: string;
  readonly when: RangeWhen;
}

export type RangeWhen =
  /** It is so already. */
  | { readonly kind: 'already'; readonly text: string }
  | {
      readonly kind: 'expected';
      readonly earliestMs: number;
      /** Null: beyond the axis. */
      readonly likelyMs: number | null;
      readonly latestMs: number | null;
      /** Beside the plot: when, and below it how sure that is. */
      readonly text: string;
      readonly detail: string;
    }
  /** Not at a known time. */
  | { readonly kind: 'not-expected'; readonly text: string };

/** Readable where a chat shows it at half its size. */
export const chartSize = { width: 800, height: 400 } as const;

export const maxMeasuredLines = 8;
/** More rows than these would be too thin to read. */
export const maxRangeRows = 6;
