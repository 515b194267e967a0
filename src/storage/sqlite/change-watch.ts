const pollMs = 1_000;

/**
 * Tells when another process has changed the database, by asking for its version while somebody listens
 * (https://www.sqlite.org/pragma.html#pragma_data_version).
 */
export function createChangeWatch(version: () => Promise<number>) {
  const listeners = new Set<() => void>();
  let timer: NodeJS.Timeout | undefined;
  let known: number | undefined;

  async function poll(): Promise<void> {
    const current = await version().catch(() => known);
    if (current !== known) for (const listener of listeners) listener();
    known = current;
    if (listeners.size > 0) schedule();
  }

  function schedule(): void {
    clearTimeout(timer);
    timer = setTimeout(() => void poll(), pollMs).unref();
  }

  return {
    onChange(listener: () => void): () => void {
      if (listeners.size === 0) schedule();
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) clearTimeout(timer);
      };
    },
    stop(): void {
      listeners.clear();
      clearTimeout(timer);
    },
  };
}
