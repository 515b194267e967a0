import { formatValue } from '../../core/format.ts';

export interface ValueAxis {
  readonly min: number;
  readonly max: number;
  /** Between two ticks. */
  readonly step: number;
  label(value: number): string;
}

const intervals = 5;
/** Values that all lie in the upper part of what zero would show are shown without it. */
const zeroShare = 0.6;
/** Differences below this share of the values are noise of computing. */
const rounding = 1e-9;

/**
 * An axis for values in `unit` (UCUM) from `least` to `greatest`, both drawable: round steps, which are powers of two for
 * bytes, and labels in the words of the text answers with as many digits as tell two ticks apart.
 */
export function valueAxis(least: number, greatest: number, unit: string): ValueAxis {
  const [low, high] = padded(least, greatest, unit);
  const step = unit.startsWith('By') ? binaryStep(high - low) : decimalStep(high - low);
  const min = Math.floor(low / step) * step;
  const max = Math.ceil(high / step) * step;
  const count = Math.round((max - min) / step);
  const ticks = Array.from({ length: count + 1 }, (_, i) => min + i * step);
  const digits = [3, 4, 5, 6, 8, 10, 12].find((digits) => {
    const labels = ticks.map((tick) => formatValue(tick, unit, digits));
    return new Set(labels).size === labels.length;
  });
  // A tick is a multiple of the step: what else is in it is noise of adding.
  const exact = (value: number) => Math.round(value / step) * step;
  return { min, max, step, label: (value) => formatValue(exact(value), unit, digits) };
}

/** With zero where it is near, and some room where there is no range. */
function padded(least: number, greatest: number, unit: string): [low: number, high: number] {
  if (greatest - least <= rounding * Math.max(Math.abs(least), Math.abs(greatest))) {
    if (greatest === 0) return [0, unit.startsWith('By') ? 1024 : 1];
    return greatest > 0 ? [0, greatest] : [least, 0];
  }
  if (least > 0 && least < zeroShare * greatest) return [0, greatest];
  if (greatest < 0 && greatest > zeroShare * least) return [least, 0];
  return [least, greatest];
}

function decimalStep(range: number): number {
  const raw = range / intervals;
  const power = 10 ** Math.floor(Math.log10(raw));
  return power * ([1, 2, 5].find((factor) => factor * power >= raw * (1 - 1e-9)) ?? 10);
}

function binaryStep(range: number): number {
  return 2 ** Math.ceil(Math.log2(range / intervals) - 1e-9);
}
