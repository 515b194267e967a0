import { OpenManagerError } from '../core/errors.ts';

/** Whose chart it is: another caller, or another session of the same one, does not get it. */
export interface ChartOwner {
  readonly subject: string;
  readonly sessionId?: string | undefined;
}

/** The latest charts of this process, in memory. */
export interface ChartStore {
  /** The id under which the owner finds it; nobody can guess one. */
  add(svg: string, owner: ChartOwner): string;
  /** @throws OpenManagerError `not_found` when there is no such chart, it was dropped or it is another caller's. */
  get(id: string, owner: ChartOwner): string;
}

export interface ChartStoreOptions {
  readonly maxCharts: number;
  /** Of their text, two bytes a letter. */
  readonly maxBytes: number;
  newId(): string;
}

/** The oldest charts give way, whoever has them. */
export function createChartStore({ maxCharts, maxBytes, newId }: ChartStoreOptions): ChartStore {
  const kept = new Map<string, { svg: string; owner: ChartOwner }>();
  let bytes = 0;

  function dropOldest(): void {
    for (const [id, { svg }] of kept) {
      if (kept.size <= maxCharts && bytes <= maxBytes) return;
      kept.delete(id);
      bytes -= 2 * svg.length;
    }
  }

  return {
    add(svg, { subject, sessionId }) {
      const id = newId();
      kept.set(id, { svg, owner: { subject, sessionId } });
      bytes += 2 * svg.length;
      dropOldest();
      return id;
    },
    get(id, { subject, sessionId }) {
      const found = kept.get(id);
      if (found && found.owner.subject === subject && found.owner.sessionId === sessionId) return found.svg;
      throw new OpenManagerError(
        'not_found',
        'There is no such chart: the last 50 are kept, each for the session that asked for it. Ask a tool with chart: true.',
      );
    },
  };
}
