/** A function whose result is made by its first call and shared by all; a failure is forgotten, so the next call tries again. */
export interface Retryable<T> {
  (): Promise<T>;
  /** Whether a call is under way or has succeeded. */
  started(): boolean;
}

export function retryable<T>(make: () => Promise<T>): Retryable<T> {
  let made: Promise<T> | undefined;
  const get = () => {
    if (made) return made;
    const attempt = make();
    made = attempt;
    attempt.catch(() => {
      made = undefined;
    });
    return attempt;
  };
  return Object.assign(get, { started: () => made !== undefined });
}
