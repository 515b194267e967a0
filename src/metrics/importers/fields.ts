const separators = [';', '\t', ','] as const;

/** The first of semicolon, tab and comma that a line has outside of quotes; comma when it has none. */
export function detectSeparator(line: string): string {
  const bare = line.replaceAll(/"[^"]*"/g, '');
  return separators.find((separator) => bare.includes(separator)) ?? ',';
}

/** The fields of a line without the blanks around them; null when a quote is not closed. Quoted as in RFC 4180. */
export function splitFields(line: string, separator: string): string[] | null {
  if (!line.includes('"')) return line.split(separator).map((field) => field.trim());
  const fields: string[] = [];
  let at = 0;
  while (at <= line.length) {
    const start = skipBlanks(line, at);
    if (line[start] !== '"') {
      const end = endOf(line, separator, start);
      fields.push(line.slice(start, end).trim());
      at = end + 1;
      continue;
    }
    const close = closingQuote(line, start + 1);
    if (close === -1) return null;
    fields.push(line.slice(start + 1, close).replaceAll('""', '"'));
    at = endOf(line, separator, close + 1) + 1;
  }
  return fields;
}

/** Blanks before a quote are no part of the field; a tab may be the separator. */
function skipBlanks(line: string, from: number): number {
  let at = from;
  while (line[at] === ' ') at += 1;
  return at;
}

function endOf(line: string, separator: string, from: number): number {
  const end = line.indexOf(separator, from);
  return end === -1 ? line.length : end;
}

function closingQuote(line: string, from: number): number {
  for (let at = line.indexOf('"', from); at !== -1; at = line.indexOf('"', at + 2)) if (line[at + 1] !== '"') return at;
  return -1;
}
