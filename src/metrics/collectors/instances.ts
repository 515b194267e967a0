import { safeName } from '../../core/text.ts';

/** The devices, interfaces or mounts of a host, each with the state that outlives a sample. */
export interface Instances<T> {
  /** Starts a sample: forgets what the last one did not name. */
  begin(): void;
  /** The instance of that name; null above the limit, or when this sample has one of the same shown name. */
  get(name: string): T | null;
  /** How many the current sample had to leave out. */
  omitted(): number;
}

/**
 * Keeps at most `limit` instances, so that a machine which invents device names cannot make memory or the number of
 * series grow. `create` gets the name as it is shown.
 */
export function createInstances<T>(limit: number, create: (name: string) => T): Instances<T> {
  let current = new Map<string, T>();
  let last = current;
  let omitted = 0;
  return {
    begin() {
      last = current;
      current = new Map();
      omitted = 0;
    },
    get(name) {
      const shown = safeName(name);
      if (current.size >= limit || current.has(shown)) {
        omitted += 1;
        return null;
      }
      const instance = last.get(shown) ?? create(shown);
      current.set(shown, instance);
      return instance;
    },
    omitted: () => omitted,
  };
}
