import { OpenManagerError } from '../core/errors.ts';
import { estimateTokens, mostTokens } from './tokens.ts';

/** How an item is shown: one line of text, and the same as data. */
export interface ListRendering<T> {
  line(item: T): string;
  row(item: T): Record<string, unknown>;
  /** Tokens to keep free for what the answer says besides the list; default 200. */
  reserve?: number;
}

export interface ListedPage {
  readonly lines: readonly string[];
  readonly rows: readonly Record<string, unknown>[];
  readonly total: number;
  readonly truncated: boolean;
  /** Empty, or one line that says what is left out and how to get it. */
  readonly notice: string;
  /** `total`, `truncated` and, where there is more, `next_cursor`, to spread into the answer's data. */
  readonly paging: Readonly<Record<string, unknown>>;
}

export interface PageRequest {
  readonly limit: number;
  /** The cursor of the first item; absent where the caller cannot pass one. */
  readonly start?: string;
  readonly maxTokens: number;
}

/** A page of `items` within the request's limit and token budget; always at least one item where there is one. */
export function listPage<T>(items: readonly T[], request: PageRequest, rendering: ListRendering<T>): ListedPage {
  const resumable = request.start !== undefined;
  const start = parseCursor(request.start ?? '0', items.length);
  const lines: string[] = [];
  const rows: Record<string, unknown>[] = [];
  const budget = createBudget(request.maxTokens - (rendering.reserve ?? 200));
  for (const item of items.slice(start, start + request.limit)) {
    const line = rendering.line(item);
    const row = rendering.row(item);
    if (!budget.take(line, JSON.stringify(row)) && lines.length > 0) break;
    lines.push(line);
    rows.push(row);
  }
  const end = start + lines.length;
  const truncated = end < items.length;
  return {
    lines,
    rows,
    total: items.length,
    truncated,
    notice: truncated ? noticeOf({ start, end, total: items.length }, resumable, budget.spent()) : '',
    paging: { total: items.length, truncated, ...(truncated && resumable && { next_cursor: String(end) }) },
  };
}

/** Counts what items cost, the dearer of their renderings; the texts are looked at once their lengths alone do not tell. */
function createBudget(maxTokens: number) {
  const unread: [line: string, json: string][] = [];
  let most = 0;
  let counted = 0;

  return {
    /** False when the item does not fit any more. */
    take(line: string, json: string): boolean {
      unread.push([line, json]);
      most += mostTokens(Math.max(line.length, json.length)) + 1;
      if (most <= maxTokens) return true;
      for (const texts of unread.splice(0)) counted += Math.max(...texts.map(estimateTokens)) + 1;
      most = counted;
      return counted <= maxTokens;
    },
    spent: () => most > maxTokens,
  };
}

function noticeOf(shown: { start: number; end: number; total: number }, resumable: boolean, tight: boolean): string {
  const ways = [resumable && `cursor "${shown.end}"`, (tight || !resumable) && 'a larger max_tokens'].filter(Boolean);
  return `Showing ${shown.start + 1}-${shown.end} of ${shown.total}; for the rest pass ${ways.join(' or ')}.`;
}

/** @throws OpenManagerError `invalid_argument` for what never was a cursor, whatever the length of the list. */
export function requireCursor(cursor: string): void {
  if (!/^\d{1,9}$/.test(cursor)) throw noCursor(cursor);
}

function parseCursor(cursor: string, length: number): number {
  requireCursor(cursor);
  if (Number(cursor) > length) throw noCursor(cursor);
  return Number(cursor);
}

function noCursor(cursor: string): OpenManagerError {
  return new OpenManagerError(
    'invalid_argument',
    `cursor: use the next_cursor of the answer before; "${cursor.slice(0, 40)}" is none.`,
  );
}
