/** Walks a table of /proc line by line and word by word; numbers are read in place, without making strings. */
export interface Scanner {
  /** Goes to the start of the next line (the first at the first call); false when there is none. */
  nextLine(): boolean;
  /** The next word of the line; words end at a blank, a tab or one of `separators`. Empty at the end of the line. */
  word(): string;
  /** The next word as an unsigned decimal number; NaN when it is none. */
  number(): number;
  /** Passes over words. */
  skip(count: number): void;
  /** What is left of the line. */
  rest(): string;
}

const newline = 10;
const zero = 48;

/** A scanner over the first `length` bytes; a colon parts words like a blank, as in `eth0:12` and `MemTotal: 1 kB`. */
export function scan(bytes: Buffer, length: number): Scanner {
  let at = 0;
  let end = 0;
  let next = 0;

  const skipBlanks = () => {
    while (at < end && isSeparator(bytes[at])) at += 1;
  };
  const skipWord = () => {
    while (at < end && !isSeparator(bytes[at])) at += 1;
  };

  return {
    nextLine() {
      if (next >= length) return false;
      at = next;
      const found = bytes.indexOf(newline, at);
      end = found < 0 || found > length ? length : found;
      next = end + 1;
      return true;
    },
    word() {
      skipBlanks();
      const start = at;
      skipWord();
      return bytes.toString('utf8', start, at);
    },
    number() {
      skipBlanks();
      const start = at;
      let value = 0;
      while (at < end && isDigit(bytes[at])) value = value * 10 + ((bytes[at++] ?? zero) - zero);
      const isWhole = at > start && (at === end || isSeparator(bytes[at]));
      skipWord();
      return isWhole && Number.isFinite(value) ? value : Number.NaN;
    },
    skip(count) {
      for (let i = 0; i < count; i++) {
        skipBlanks();
        skipWord();
      }
    },
    rest: () => bytes.toString('utf8', at, end),
  };
}

function isSeparator(byte: number | undefined): boolean {
  return byte === 32 || byte === 9 || byte === 58;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 48 && byte <= 57;
}
