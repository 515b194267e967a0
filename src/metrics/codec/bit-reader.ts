import { corrupt } from './corrupt.ts';

/** Zeros that follow the data, so that a reader need not check each number: more than the longest block of codes. */
const paddingBytes = 1024;

/** Reads what a BitWriter wrote. One reader is used again for each chunk: {@link BitReader.start}. */
export class BitReader {
  #bytes = new Uint8Array(4096 + paddingBytes);
  #endBits = 0;
  /** The data, followed by zeros. */
  view = new DataView(this.#bytes.buffer);
  /** The next bit. May pass the end by what one block takes; {@link checkEnd} must follow. */
  position = 0;

  /** Takes a copy of `data` from byte `from` on. */
  start(data: Uint8Array, from: number): void {
    const length = data.length - from;
    if (length + paddingBytes > this.#bytes.length) {
      this.#bytes = new Uint8Array(2 * length + paddingBytes);
      this.view = new DataView(this.#bytes.buffer);
    }
    this.#bytes.set(from === 0 ? data : data.subarray(from));
    this.#bytes.fill(0, length, length + paddingBytes);
    this.#endBits = length * 8;
    this.position = 0;
  }

  /** A number of `width` bits, 0..24. */
  read(width: number): number {
    const { position } = this;
    const word = this.view.getUint32(position >>> 3) << (position & 7);
    this.position = position + width;
    return (word >>> 1) >>> (31 - width);
  }

  /** A number of `width` bits, 0..53. */
  readWide(width: number): number {
    if (width <= 24) return this.read(width);
    return this.readWide(width - 24) * 0x1000000 + this.read(24);
  }

  /** @throws `storage_corrupt` for a width above 53 bits, or past the end. */
  readNumber(): number {
    const width = this.read(6);
    if (width > 53) throw corrupt(`a number of ${width} bits, where 53 is the most`);
    const value = this.readWide(width);
    this.checkEnd();
    return value;
  }

  readSigned(): number {
    const negative = this.read(1) === 1;
    const size = this.readNumber();
    return negative ? -size : size;
  }

  /** @throws `storage_corrupt` unless `bits` more are there. */
  checkLeft(bits: number): void {
    if (this.position + bits > this.#endBits) throw corrupt('it ends too early');
  }

  /** @throws `storage_corrupt` when more was read than there is. */
  checkEnd(): void {
    this.checkLeft(0);
  }

  /** @throws `storage_corrupt` unless all was read, but for the zeros that fill the last byte. */
  finish(): void {
    this.checkEnd();
    const left = this.#endBits - this.position;
    if (left >= 8 || this.read(left) !== 0) throw corrupt('it goes on after its last sample');
  }
}
