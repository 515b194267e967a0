import type { Session } from './session.ts';

/** Where processes tell each other that something changed (`notify`). */
export const changeChannel = 'openmanager';

const pollMs = 15_000;

/**
 * Calls listeners when another process notified, and every now and then all the same: a notification that was lost with
 * a connection delays, and no more.
 */
export function createWakeUp() {
  const listeners = new Set<() => void>();
  let timer: NodeJS.Timeout | undefined;

  function wake(): void {
    for (const listener of listeners) listener();
  }

  return {
    wake,
    /** @param session connected while somebody listens. */
    onChange(listener: () => void, session: Session): () => void {
      // A failure shows in the calls that need the database; the next round tries again.
      const connect = () => void session.run(async () => {}).catch(() => {});
      if (listeners.size === 0) {
        connect();
        timer = setInterval(() => {
          connect();
          wake();
        }, pollMs).unref();
      }
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) clearInterval(timer);
      };
    },
    stop(): void {
      listeners.clear();
      clearInterval(timer);
    },
  };
}
