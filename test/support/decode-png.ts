import { crc32, inflateSync } from 'node:zlib';

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Of each pixel, row by row, as `#rrggbb`. */
  readonly colours: readonly string[];
}

/** An indexed PNG without filters, every checksum held. */
export function decodePng(png: Uint8Array): Picture {
  const bytes = Buffer.from(png);
  if (bytes.subarray(0, 8).toString('latin1') !== '\x89PNG\r\n\x1a\n') throw new Error('no PNG');
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const data = bytes.subarray(at + 8, at + 8 + length);
    const type = bytes.toString('latin1', at + 4, at + 8);
    if (crc32(bytes.subarray(at + 4, at + 8 + length)) !== bytes.readUInt32BE(at + 8 + length)) throw new Error(type);
    chunks.set(type, data);
    at += 12 + length;
  }
  const part = (type: string) => chunks.get(type) ?? Buffer.alloc(0);
  const [width, height] = [part('IHDR').readUInt32BE(0), part('IHDR').readUInt32BE(4)];
  const palette = part('PLTE').toString('hex').match(/.{6}/g) ?? [];
  const rows = inflateSync(part('IDAT'));
  const colours = Array.from({ length: width * height }, (_, i) => {
    const row = Math.floor(i / width);
    return `#${palette[rows[row * (width + 1) + 1 + (i % width)] ?? -1]}`;
  });
  return { width, height, colours };
}
