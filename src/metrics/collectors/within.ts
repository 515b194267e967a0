/** What `promise` gives if it settles within `ms`, else `'late'`; an abort is a lapse of time too. The promise runs on. */
export async function within<T>(promise: Promise<T>, ms: number, signal?: AbortSignal): Promise<T | 'late'> {
  if (signal?.aborted) return 'late';
  const { promise: late, resolve } = Promise.withResolvers<'late'>();
  const giveUp = () => resolve('late');
  const timer = setTimeout(giveUp, ms);
  timer.unref();
  signal?.addEventListener('abort', giveUp, { once: true });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', giveUp);
  }
}
