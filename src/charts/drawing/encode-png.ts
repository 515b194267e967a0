import { crc32, deflateSync } from 'node:zlib';

const maxColours = 256;

/**
 * An opaque picture as an indexed PNG (RFC 2083, W3C PNG third edition): its 256 most frequent colours, and for the rest
 * the nearest of them. A chart has few colours beside the blends at the edges of its lines, and takes a third of what it
 * would as RGBA. `pixels` are RGBA, four bytes each, row by row.
 */
export function encodePng(pixels: Uint8Array, { width, height }: { width: number; height: number }): Uint8Array {
  const palette = createPalette(pixels);
  const rows = new Uint8Array(height * (width + 1));
  for (let y = 0; y < height; y++) {
    // The byte before each row says that it is not filtered, which suits indices.
    for (let x = 0; x < width; x++) rows[y * (width + 1) + 1 + x] = palette.indexOf(colourAt(pixels, y * width + x));
  }
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, width);
  header.setUint32(4, height);
  // Eight bits a pixel, colour type 3: indices into a palette.
  header.setUint16(8, 0x08_03);
  return Buffer.concat([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk('IHDR', new Uint8Array(header.buffer)),
    chunk('PLTE', palette.bytes),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', new Uint8Array()),
  ]);
}

function colourAt(pixels: Uint8Array, index: number): number {
  const at = 4 * index;
  return ((pixels[at] ?? 0) << 16) | ((pixels[at + 1] ?? 0) << 8) | (pixels[at + 2] ?? 0);
}

function createPalette(pixels: Uint8Array) {
  const counts = new Map<number, number>();
  for (let i = 0; i < pixels.length / 4; i++) {
    const colour = colourAt(pixels, i);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const chosen = [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, maxColours)
    .map(([colour]) => colour);
  const indices = new Map(chosen.map((colour, index) => [colour, index]));
  return {
    bytes: Uint8Array.from(chosen.flatMap(channels)),
    indexOf(colour: number): number {
      const known = indices.get(colour);
      if (known !== undefined) return known;
      const index = nearest(colour, chosen);
      indices.set(colour, index);
      return index;
    },
  };
}

function nearest(colour: number, candidates: readonly number[]): number {
  const [r, g, b] = channels(colour);
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (const [index, candidate] of candidates.entries()) {
    const [cr, cg, cb] = channels(candidate);
    const distance = (r - cr) ** 2 + (g - cg) ** 2 + (b - cb) ** 2;
    if (distance < least) [best, least] = [index, distance];
  }
  return best;
}

function channels(colour: number): [red: number, green: number, blue: number] {
  return [colour >> 16, (colour >> 8) & 0xff, colour & 0xff];
}

/** Length, type, data and the checksum of the last two. */
function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(data, 8);
  view.setUint32(data.length + 8, crc32(bytes.subarray(4, data.length + 8)));
  return bytes;
}
