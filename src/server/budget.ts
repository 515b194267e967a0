import { type Answer, maxTokensDefault } from './define.ts';
import { estimateTokens, fitsTokens } from './tokens.ts';

/**
 * The answer within `maxTokens`, its text and its data each, with `reserve` of them kept free. Tools fit their lists themselves: this is the last line of
 * defence, which cuts only what a tool did not foresee.
 */
export function withinBudget(answer: Answer, maxTokens = maxTokensDefault, reserve = 0): Answer {
  const text = cutText(answer.text, maxTokens, reserve);
  return { ...answer, text, data: cutData(answer.data, maxTokens - reserve) };
}

function cutText(text: string, maxTokens: number, reserve: number): string {
  if (fitsTokens(text, maxTokens - reserve)) return text;
  const lines: string[] = [];
  let left = maxTokens - reserve - 40;
  for (const line of text.split('\n')) {
    const room = left;
    left -= estimateTokens(line) + 1;
    if (left < 0 && lines.length > 0) break;
    lines.push(left < 0 ? beginning(line, room) : line);
  }
  return `${lines.join('\n')}\n(Cut at max_tokens ${maxTokens}; ask for less, or pass a larger max_tokens.)`;
}

/** As many of a line's words as fit into `tokens`. */
function beginning(line: string, tokens: number): string {
  let length = 0;
  let over = line.length;
  while (length < over - 1) {
    const middle = Math.floor((length + over) / 2);
    if (estimateTokens(line.slice(0, middle)) <= tokens) length = middle;
    else over = middle;
  }
  const head = line.slice(0, length);
  const words = head.lastIndexOf(' ');
  return `${(words > 0 ? head.slice(0, words) : head).toWellFormed()}…`;
}

/**
 * Without its lists, and without the cursor that would skip them, where it is too long; the text says how to get them.
 * What a program chains keeps its shape.
 */
function cutData(data: Answer['data'], maxTokens: number): Answer['data'] {
  const fits = (candidate: Answer['data']) => fitsTokens(JSON.stringify(candidate), maxTokens);
  if (fits(data)) return data;
  const { next_cursor: _, ...kept } = data;
  const emptied = Object.entries(kept).map(([name, value]) => [name, Array.isArray(value) ? [] : value]);
  const cut = { ...Object.fromEntries(emptied), truncated: true };
  return fits(cut) ? cut : { truncated: true };
}
