/** Numbers that look random and are the same for the same seed. */
export interface Random {
  /** Uniform, 0 to below 1. */
  uniform(): number;
  /** Normal, mean 0 and standard deviation 1. */
  normal(): number;
}

/** Mulberry32 (Tommy Ettinger, public domain); normal values by Box and Muller. `seed`: a whole number. */
export function createRandom(seed: number): Random {
  let state = seed | 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, normal };
}
