const BUSY = 5;

/** Whether another connection holds the lock that was needed. */
export function isBusy(error: unknown): boolean {
  const { errcode } = error as { errcode?: number };
  return errcode !== undefined && (errcode & 0xff) === BUSY;
}

/** Tries again until the lock is free, blocking this thread. */
export function retryWhileBusy(attempt: () => void, timeoutMs: number): void {
  const deadlineMs = performance.now() + timeoutMs;
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    try {
      attempt();
      return;
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadlineMs) throw error;
      Atomics.wait(sleeper, 0, 0, 20);
    }
  }
}
