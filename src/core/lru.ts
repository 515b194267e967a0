export interface LruOptions<T> {
  readonly maxEntries: number;
  readonly maxBytes: number;
  sizeBytes(value: T): number;
}

/** Values by key, the longest unused of which go when there are too many or they are too large. */
export interface Lru<T> {
  get(key: string): T | undefined;
  set(key: string, value: T): void;
}

export function createLru<T>({ maxEntries, maxBytes, sizeBytes }: LruOptions<T>): Lru<T> {
  /** In the order of their last use. */
  const entries = new Map<string, { value: T; bytes: number }>();
  let bytes = 0;

  function remove(key: string): void {
    bytes -= entries.get(key)?.bytes ?? 0;
    entries.delete(key);
  }

  return {
    get(key) {
      const entry = entries.get(key);
      if (!entry) return undefined;
      entries.delete(key);
      entries.set(key, entry);
      return entry.value;
    },
    set(key, value) {
      remove(key);
      const entry = { value, bytes: sizeBytes(value) };
      if (entry.bytes > maxBytes) return;
      entries.set(key, entry);
      bytes += entry.bytes;
      for (const oldest of entries.keys()) {
        if (entries.size <= maxEntries && bytes <= maxBytes) return;
        remove(oldest);
      }
    },
  };
}
