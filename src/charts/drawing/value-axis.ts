import { formatValue, round } from '../../core/format.ts';

export interface ValueAxis {
  /** What its ticks say, from the lowest up. */
  readonly labels: readonly string[];
  /** Where a value is, counted in ticks from the lowest: a number of ordinary size, whatever the value's is. */
  place(value: number): number;
}

const intervals = 5;
/** Values that all lie in the upper part of what zero would show are shown without it. */
const zeroShare = 0.6;
/** Differences below this share of the values are noise of computing. */
const rounding = 1e-9;
/** Bytes have names in between; beyond, powers of two are no rounder than other numbers. */
const bytesWithNames = { least: 1, most: 2 ** 60, largestName: 2 ** 50 } as const;

/**
 * An axis for values in `unit` (UCUM) from `least` to `greatest`, both drawable: round steps, which are powers of two for
 * bytes, and labels in the words of the text answers with as many digits as tell where each tick is.
 */
export function valueAxis(least: number, greatest: number, unit: string): ValueAxis {
  const [low, high] = padded(least, greatest, unit);
  // Each of them divided, as the difference of two huge ones is too large for a number.
  const step = stepNear(high / intervals - low / intervals, unit);
  const first = Math.floor(low / step);
  const last = Math.ceil(high / step);
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
  return { labels: distinctLabels(ticks, step, unit), place: (value) => value / step - first };
}

/** A tick may be this part of a step away from where its label says that it is. */
const labelError = 0.01;

function distinctLabels(ticks: readonly number[], step: number, unit: string): string[] {
  const labelled = [3, 4, 5, 6, 8, 10, 12].map((digits) => ({
    labels: shortened(ticks.map((tick) => formatValue(tick, unit, digits))),
    isExact: ticks.every((tick) => Math.abs(round(tick, digits) - tick) <= labelError * step),
  }));
  const distinct = labelled.filter(({ labels }) => new Set(labels).size === labels.length);
  return (distinct.find(({ isExact }) => isExact) ?? distinct.at(-1))?.labels ?? ticks.map(String);
}

/** With powers of ten where one has ten digits or more: nobody counts zeros. */
function shortened(labels: string[]): string[] {
  if (!labels.some((label) => /^-?\d{10}/.test(label))) return labels;
  return labels.map((label) =>
    label.replace(/^-?\d{4,}(?![\d.])/, (digits) => {
      const power = Number(digits).toExponential();
      return power.length < digits.length ? power : digits;
    }),
  );
}

/** With zero where it is near, and some room where there is no range. */
function padded(least: number, greatest: number, unit: string): [low: number, high: number] {
  const largest = Math.max(Math.abs(least), Math.abs(greatest));
  if (greatest / largest - least / largest <= rounding || largest === 0) {
    if (greatest === 0) return [0, unit.startsWith('By') ? 1024 : 1];
    return greatest > 0 ? [0, greatest] : [least, 0];
  }
  if (least > 0 && least < zeroShare * greatest) return [0, greatest];
  if (greatest < 0 && greatest > zeroShare * least) return [least, 0];
  return [least, greatest];
}

function stepNear(size: number, unit: string): number {
  if (!unit.startsWith('By') || size < bytesWithNames.least) return decimalStep(size);
  if (size <= bytesWithNames.most) return 2 ** Math.ceil(Math.log2(size) - 1e-9);
  return bytesWithNames.largestName * decimalStep(size / bytesWithNames.largestName);
}

function decimalStep(size: number): number {
  const power = 10 ** Math.floor(Math.log10(size));
  return power * ([1, 2, 2.5, 5].find((factor) => factor * power >= size * (1 - 1e-9)) ?? 10);
}
