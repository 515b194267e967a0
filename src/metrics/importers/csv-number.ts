/**
 * A finite decimal number, or null: no other forms. A comma before the decimals is read where it cannot be the separator
 * of columns, as spreadsheets of many countries write; what may separate thousands is not guessed.
 */
export function readNumber(text: string, separator: string): number | null {
  const plain = text.includes(',') && hasDecimalComma(text, separator) ? text.replace(',', '.') : text;
  if (!/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(plain)) return null;
  const value = Number(plain);
  return Number.isFinite(value) ? value : null;
}

/** Semicolons separate columns where the comma is taken; tabs do everywhere, so that `1,234` may be 1234 there. */
function hasDecimalComma(text: string, separator: string): boolean {
  if (separator === ',' || text.includes('.')) return false;
  return separator === ';' || !/^[+-]?[1-9]\d{0,2},\d{3}$/.test(text);
}

/** Why a text is no number, for who writes commas or points otherwise. */
export function numberProblem(text: string, separator: string): string {
  const problem = `"${text.slice(0, 60)}" is no number`;
  if (!/\d,\d/.test(text)) return problem;
  if (separator === ',') return `${problem}; decimal commas are read where semicolons or tabs separate the columns`;
  return `${problem}; thousands are not guessed, write e.g. 1234.5`;
}
