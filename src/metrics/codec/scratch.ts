const keptLength = 65_536;

/**
 * An array that is used again by each call of a synchronous function. What it holds is anything, and it may be longer
 * than what was asked for; rare long ones are not kept.
 */
export class Scratch {
  #array = new Float64Array(0);

  take(length: number): Float64Array {
    if (length > keptLength) return new Float64Array(length);
    if (length > this.#array.length) this.#array = new Float64Array(Math.min(2 * length, keptLength));
    return this.#array;
  }
}
