import { type Call, maxTokensDefault } from './define.ts';
import { listPage, requireCursor } from './list-page.ts';

/** The arguments that choose what of an answer is shown, and change nothing about what is computed. */
export interface PagingArguments {
  readonly limit?: number;
  readonly cursor?: string;
  readonly max_tokens?: number;
}

export const pagingNames: ReadonlySet<string> = new Set<keyof PagingArguments>(['limit', 'cursor', 'max_tokens']);

/**
 * What `list` and `fit` take from a tool's arguments, with `reserve` tokens kept free.
 * @throws OpenManagerError `invalid_argument` for a cursor that is none.
 */
export function paging(
  { limit, cursor, max_tokens = maxTokensDefault }: PagingArguments,
  reserve = 0,
): Pick<Call, 'list' | 'fit'> {
  // Before the work whose answer it pages through.
  if (cursor !== undefined) requireCursor(cursor);
  const maxTokens = max_tokens - reserve;
  return {
    list: (items, rendering) =>
      listPage(items, { limit: limit ?? items.length, start: cursor ?? '0', maxTokens }, rendering),
    fit: (items, rendering) => listPage(items, { limit: items.length, maxTokens }, rendering),
  };
}
