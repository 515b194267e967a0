import { OpenManagerError } from '../core/errors.ts';
import { safeName } from '../core/text.ts';
import { formatTime } from '../core/time.ts';
import type { Caller } from '../security/caller.ts';
import type { Analysis } from './analysis.ts';

export interface KeptOptions {
  readonly maxKept: number;
  readonly maxBytes: number;
}

/** The latest analyses of all callers, each of which can be found by its own caller alone. */
export interface KeptAnalyses {
  /** Whether there is no room, as all that are kept are still running. */
  full(): boolean;
  add(analysis: Analysis): void;
  forget(analysis: Analysis): void;
  /** Forgets the oldest of those that have ended, until they are few and small enough; the newest of them stays. */
  trim(): void;
  /** Newest first. */
  of(caller: Caller): readonly Analysis[];
  /** @throws OpenManagerError `not_found`, with the caller's own, when it is none of theirs. */
  find(id: string, caller: Caller): Analysis;
  all(): readonly Analysis[];
}

export function createKeptAnalyses({ maxKept, maxBytes }: KeptOptions): KeptAnalyses {
  /** Oldest first. */
  const kept = new Map<string, Analysis>();
  const ended = () => [...kept.values()].filter((one) => one.state() !== 'running');
  const of = (caller: Caller) => [...kept.values()].filter((one) => isOf(caller, one)).reverse();

  function trim(): void {
    const old = ended();
    let bytes = old.reduce((sum, one) => sum + one.sizeBytes(), 0);
    for (const [i, one] of old.entries()) {
      if (kept.size <= maxKept && (bytes <= maxBytes || i === old.length - 1)) return;
      kept.delete(one.id);
      bytes -= one.sizeBytes();
    }
  }

  return {
    full: () => kept.size - ended().length >= maxKept,
    add(analysis) {
      kept.set(analysis.id, analysis);
      trim();
    },
    forget: ({ id }) => void kept.delete(id),
    trim,
    of,
    find(id, caller) {
      const found = kept.get(id);
      // Somebody else's is answered as one that never was: its existence is nobody's business.
      if (found && isOf(caller, found)) return found;
      throw notFound(id, of(caller));
    },
    all: () => [...kept.values()],
  };
}

function isOf({ subject, sessionId }: Caller, { caller }: Analysis): boolean {
  return caller.subject === subject && caller.sessionId === sessionId;
}

const maxNamed = 5;

function notFound(id: string, own: readonly Analysis[]): OpenManagerError {
  const named = own.slice(0, maxNamed).map(({ id, tool, args, startedMs, state }) => {
    const made = `${tool.name} ${safeName(JSON.stringify(args), 120)}`;
    return `${id} (${made}, ${formatTime(startedMs)}, ${state()})`;
  });
  const yours = named.length === 0 ? 'You have none' : `Your latest: ${named.join('; ')}`;
  return new OpenManagerError('not_found', `There is no analysis "${safeName(id, 40)}" of yours. ${yours}.`);
}
