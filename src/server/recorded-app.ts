import type { App } from '../app.ts';
import { sizeBytes } from '../core/size.ts';

export interface RecordedApp {
  readonly app: App;
  /** About how much memory what it has answered takes. */
  sizeBytes(): number;
}

/**
 * An app that gives again what it has answered to the same request, so that another page of a tool's answer is made of
 * what was computed for the first.
 */
export function recordApp(app: App): RecordedApp {
  const asked = new Map<string, unknown>();
  const answered = new Map<string, unknown>();

  function record(method: string, ask: (...args: unknown[]) => unknown) {
    return (...args: unknown[]) => {
      // The request comes first; signals and callbacks after it change nothing about the answer.
      const key = JSON.stringify([method, args[0]]);
      if (asked.has(key)) return asked.get(key);
      const answer = ask(...args);
      asked.set(key, answer);
      Promise.resolve(answer).then(
        (value) => answered.set(key, value),
        () => asked.delete(key),
      );
      return answer;
    };
  }

  return {
    app: new Proxy(app, {
      get(target, name) {
        const part: unknown = Reflect.get(target, name);
        return typeof part === 'function' ? record(String(name), part.bind(target)) : part;
      },
    }),
    sizeBytes: () => sizeBytes(answered),
  };
}
