import { setTimeout } from 'node:timers/promises';

/**
 * Asks again until `look` returns something else than undefined or false; for what arrives when it wants to.
 * @throws Error when it has not come within `timeoutMs`.
 */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  timeoutMs = 20_000,
): Promise<Exclude<T, undefined | false>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found as Exclude<T, undefined | false>;
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms for ${what}`);
    await setTimeout(20);
  }
}
