const binaryUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/**
 * A number with its UCUM unit as people read it: `1` as a percentage, bytes in binary multiples, short times in ms; to
 * three significant digits, plain numbers to four, unless `digits` says how many.
 */
export function formatValue(value: number, unit: string, digits?: number): string {
  if (Number.isNaN(value)) return 'n/a';
  if (unit === '1') return `${round(value * 100, digits ?? 3)} %`;
  if (unit === 'By') return formatBytes(value, digits);
  if (unit === 'By/s') return `${formatBytes(value, digits)}/s`;
  if (unit === 's' && Math.abs(value) < 1) return `${round(value * 1000, digits ?? 3)} ms`;
  // UCUM's annotations in braces say what is counted; the metric's name does that already.
  const plain = unit.replace(/\{[^}]*\}/g, '');
  return plain === '' ? String(round(value, digits)) : `${round(value, digits)} ${plain}`;
}

/** `value` to so many significant digits: what an answer carries, not what is stored. */
export function round(value: number, digits = 4): number {
  return Number.isFinite(value) ? Number(value.toPrecision(digits)) : value;
}

/** As {@link round}, with null for what JSON cannot say. */
export function jsonNumber(value: number, digits = 5): number | null {
  return Number.isFinite(value) ? round(value, digits) : null;
}

function formatBytes(value: number, digits = 3): string {
  const exponent = Math.min(binaryUnits.length - 1, Math.floor(Math.log2(Math.max(1, Math.abs(value))) / 10));
  return `${round(value / 1024 ** exponent, digits)} ${binaryUnits[exponent]}`;
}
