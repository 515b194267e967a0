/** Lines in the order of a stream; null = a line that was too long, of which nothing is kept. */
export type Lines = readonly (string | null)[];

/** Longer ones are no lines of a table. */
const maxLineChars = 65_536;

/**
 * Splits UTF-8 bytes into lines at LF or CRLF, a piece of the stream at a time, so that memory does not grow with the
 * file. A byte order mark is dropped; bytes that are no UTF-8 become U+FFFD.
 */
export async function* readLines(source: AsyncIterable<Uint8Array>): AsyncGenerator<Lines> {
  const decoder = new TextDecoder();
  let rest = '';
  let isTooLong = false;
  for await (const bytes of source) {
    const parts = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    if (parts.length > 0) {
      const lines = parts.map(whole);
      if (isTooLong) lines[0] = null;
      isTooLong = false;
      yield lines;
    }
    if (rest.length > maxLineChars) {
      isTooLong = true;
      rest = '';
    }
  }
  rest += decoder.decode();
  if (isTooLong) yield [null];
  else if (rest !== '') yield [whole(rest)];
}

function whole(line: string): string | null {
  if (line.length > maxLineChars) return null;
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
