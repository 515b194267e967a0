import { OpenManagerError } from '../../core/errors.ts';
import { COUNTS_AT, FLOATS_AT, SLOT_BYTES, type Slot } from './layout.ts';

export { SLOT_BYTES };

/** Memory for states, in blocks that are never moved. */
export interface Slots {
  /** In use. */
  size(): number;
  byteLength(): number;
  /** One that is all zeros. */
  add(): number;
  remove(slot: number): void;
  /** The parts of a slot in use, in an object that the next call writes over. Throws `invalid_argument` for another. */
  at(slot: number): Slot;
  bytes(slot: number): Uint8Array;
}

interface Block {
  readonly d: Float64Array;
  readonly f: Float32Array;
  readonly c: Uint8Array;
}

export function createSlots(inBlock: number): Slots {
  const blocks: Block[] = [];
  const free: number[] = [];
  let used = new Uint8Array(0);
  let size = 0;
  const current: Slot = { d: new Float64Array(), f: new Float32Array(), c: new Uint8Array(), dAt: 0, fAt: 0, cAt: 0 };

  function addBlock(): void {
    const buffer = new ArrayBuffer(inBlock * SLOT_BYTES);
    blocks.push({ d: new Float64Array(buffer), f: new Float32Array(buffer), c: new Uint8Array(buffer) });
    const first = (blocks.length - 1) * inBlock;
    for (let slot = first + inBlock - 1; slot >= first; slot--) free.push(slot);
    const more = new Uint8Array(blocks.length * inBlock);
    more.set(used);
    used = more;
  }

  function blockOf(slot: number): Block {
    const block = used[slot] === 1 ? blocks[Math.floor(slot / inBlock)] : undefined;
    if (block !== undefined) return block;
    throw new OpenManagerError('invalid_argument', 'The slot is not in use; add() and restore() give one out.');
  }

  function bytes(slot: number): Uint8Array {
    const at = (slot % inBlock) * SLOT_BYTES;
    return blockOf(slot).c.subarray(at, at + SLOT_BYTES);
  }

  return {
    size: () => size,
    byteLength: () => blocks.length * inBlock * SLOT_BYTES,
    add() {
      if (free.length === 0) addBlock();
      const slot = free.pop() ?? 0;
      used[slot] = 1;
      size++;
      return slot;
    },
    remove(slot) {
      bytes(slot).fill(0);
      used[slot] = 0;
      size--;
      free.push(slot);
    },
    at(slot) {
      const { d, f, c } = blockOf(slot);
      const at = (slot % inBlock) * SLOT_BYTES;
      current.d = d;
      current.f = f;
      current.c = c;
      current.dAt = at / 8;
      current.fAt = (at + FLOATS_AT) / 4;
      current.cAt = at + COUNTS_AT;
      return current;
    },
    bytes,
  };
}
