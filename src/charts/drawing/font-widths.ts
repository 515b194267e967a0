/** The width of a line of text at a size in pixels, from the font's own figures; kerning is left out, what is not in the font is a square. */
export type MeasureWidth = (text: string, sizePx: number) => number;

/**
 * Reads the advance widths of a TrueType font whose `cmap` has a subtable of format 4.
 * Source: OpenType 1.9.1, tables `head`, `hhea`, `hmtx` and `cmap`.
 */
export function readFontWidths(font: Uint8Array): MeasureWidth {
  const view = new DataView(font.buffer, font.byteOffset, font.byteLength);
  const tables = readTables(view);
  const table = (tag: string) => tables.get(tag) ?? fail(`no table ${tag}`);
  const unitsPerEm = view.getUint16(table('head') + 18);
  const lastMetric = view.getUint16(table('hhea') + 34) - 1;
  const glyphOf = readCharacterMap(view, table('cmap'));
  // A sign that is not in the font comes from another one, and most of those are square.
  const advance = (glyph: number) =>
    glyph === 0 ? 1 : view.getUint16(table('hmtx') + 4 * Math.min(glyph, lastMetric)) / unitsPerEm;
  const known = new Map<string, number>();
  const widthOf = (character: string) => {
    const width = known.get(character) ?? advance(glyphOf(character.codePointAt(0) ?? 0));
    known.set(character, width);
    return width;
  };
  return (text, sizePx) => {
    let width = 0;
    for (const character of text) width += widthOf(character);
    return width * sizePx;
  };
}

function readTables(view: DataView): Map<string, number> {
  const count = view.getUint16(4);
  return new Map(
    Array.from({ length: count }, (_, i) => {
      const at = 12 + 16 * i;
      const tag = String.fromCharCode(...[0, 1, 2, 3].map((byte) => view.getUint8(at + byte)));
      return [tag, view.getUint32(at + 8)];
    }),
  );
}

/** From a code point to the font's glyph; 0, the sign for a missing one, where it has none. */
function readCharacterMap(view: DataView, cmap: number): (codePoint: number) => number {
  const subtables = Array.from({ length: view.getUint16(cmap + 2) }, (_, i) => cmap + view.getUint32(cmap + 8 + 8 * i));
  const start = subtables.find((subtable) => view.getUint16(subtable) === 4) ?? fail('no characters of format 4');
  const segments2 = view.getUint16(start + 6);
  const column = (index: number, segment2: number) => start + 14 + index * segments2 + (index === 0 ? 0 : 2) + segment2;
  return (codePoint) => {
    if (codePoint > 0xffff) return 0;
    for (let segment2 = 0; segment2 < segments2; segment2 += 2) {
      if (view.getUint16(column(0, segment2)) < codePoint) continue;
      const first = view.getUint16(column(1, segment2));
      if (first > codePoint) return 0;
      const delta = view.getUint16(column(2, segment2));
      const offset = view.getUint16(column(3, segment2));
      if (offset === 0) return (codePoint + delta) & 0xffff;
      const glyph = view.getUint16(column(3, segment2) + offset + 2 * (codePoint - first));
      return glyph === 0 ? 0 : (glyph + delta) & 0xffff;
    }
    return 0;
  };
}

function fail(what: string): never {
  throw new Error(`the font cannot be read: ${what}`);
}
