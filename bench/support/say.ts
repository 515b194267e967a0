import { loadavg } from 'node:os';

/** Says how far a long bench is. stdout belongs to the results. */
export function say(what: string): void {
  console.error(`${new Date().toISOString().slice(11, 19)} ${what} (load ${loadavg()[0]?.toFixed(2)})`);
}
