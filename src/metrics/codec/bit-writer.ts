const initialBytes = 4096;

/** Bits in a row, the highest of each number first. One writer is used again for each chunk: {@link BitWriter.start}. */
export class BitWriter {
  #bytes = new Uint8Array(initialBytes);
  #length = 0;
  /** The last `#pendingBits` bits of it (0..7 between two calls) are not in `#bytes` yet. */
  #pending = 0;
  #pendingBits = 0;

  /** Forgets what was written. */
  start(): void {
    this.#length = 0;
    this.#pending = 0;
    this.#pendingBits = 0;
  }

  /** Makes room for `bytes` more: to be called before what it covers is written, since the writes do not check. */
  reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const larger = new Uint8Array(2 * (this.#length + bytes));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }

  /** `value` in `width` bits, 0..24; it must fit. */
  write(value: number, width: number): void {
    const pending = (this.#pending << width) | value;
    let bits = this.#pendingBits + width;
    let length = this.#length;
    const bytes = this.#bytes;
    while (bits >= 8) {
      bits -= 8;
      bytes[length++] = pending >>> bits;
    }
    this.#pending = pending;
    this.#pendingBits = bits;
    this.#length = length;
  }

  /** `value` in `width` bits, 0..53; it must fit. */
  writeWide(value: number, width: number): void {
    if (width <= 24) {
      this.write(value, width);
      return;
    }
    const high = Math.floor(value / 0x1000000);
    this.writeWide(high, width - 24);
    this.write(value - high * 0x1000000, 24);
  }

  /** A whole number of 0..2^53-1: 6 bits for its width, then the number. */
  writeNumber(value: number): void {
    const width = bitWidth(value);
    this.reserve(8);
    this.write(width, 6);
    this.writeWide(value, width);
  }

  /** As {@link writeNumber}, after one bit for the sign. */
  writeSigned(value: number): void {
    this.reserve(9);
    this.write(value < 0 ? 1 : 0, 1);
    this.writeNumber(Math.abs(value));
  }

  /** Fills the last byte with zeros. The result is valid until the next {@link start}. */
  finish(): Uint8Array {
    this.reserve(1);
    if (this.#pendingBits > 0) this.write(0, 8 - this.#pendingBits);
    return this.#bytes.subarray(0, this.#length);
  }
}

/** Bits that a whole number of 0..2^53-1 takes; 0 takes none. */
export function bitWidth(value: number): number {
  if (value < 0x100000000) return 32 - Math.clz32(value);
  return 64 - Math.clz32(value / 0x100000000);
}
