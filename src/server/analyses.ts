import type { Clock } from '../core/clock.ts';
import { OpenManagerError } from '../core/errors.ts';
import { safeName } from '../core/text.ts';
import type { Caller } from '../security/caller.ts';
import { type Analysis, startAnalysis, type Work } from './analysis.ts';
import { parseArguments } from './arguments.ts';
import { withinBudget } from './budget.ts';
import type { AnalysisSummary, Answer, AnyTool, Call, CallerAnalyses } from './define.ts';
import { createKeptAnalyses } from './kept-analyses.ts';
import { type PagingArguments, pagingNames } from './paging.ts';

export interface AnalysesOptions {
  /** After which a call is answered with a handle instead; clients give up after 60 s. */
  readonly answerWithinMs: number;
  /** How long an analysis may take in all. */
  readonly deadlineMs: number;
  /** How many are kept, running ones included, and how much memory their answers may take. */
  readonly maxKept: number;
  readonly maxBytes: number;
  /** A handle that nobody can guess. */
  newId(): string;
}

/** The latest runs of long tools, each with a handle that its caller alone can use. */
export interface Analyses {
  /**
   * Answers a call of a tool that is an analysis: anew, or with `job` from an earlier one. Where it takes long, the answer
   * says how to fetch the rest, and the work goes on without the request.
   * @throws OpenManagerError what the tool throws; `not_found` for a handle that is none of the caller's;
   * `invalid_argument` for one of another tool, or with arguments that it was not made with.
   */
  answer(tool: AnyTool, args: unknown, call: Call, work: Work): Promise<Answer>;
  of(caller: Caller): CallerAnalyses;
  /** Ends and forgets those of a session; without one, ends all that no request waits for. */
  end(sessionId?: string): void;
}

const defaults: AnalysesOptions = {
  answerWithinMs: 25_000,
  deadlineMs: 600_000,
  maxKept: 50,
  maxBytes: 32 * 1024 ** 2,
  // 96 bits, and not of node:crypto, which would be loaded at each start.
  newId: () => Buffer.from(crypto.getRandomValues(new Uint8Array(12))).toString('hex'),
};

/** Tokens that an answer's handle takes, in its text and in its data. */
export const handleTokens = 40;

export function createAnalyses(clock: Clock, given: Partial<AnalysesOptions> = {}): Analyses {
  const options = { ...defaults, ...given };
  const kept = createKeptAnalyses(options);

  async function start(tool: AnyTool, args: Record<string, unknown>, call: Call, work: Work): Promise<Answer> {
    // With so many under way a handle would be forgotten before it is used.
    if (kept.full()) return withinBudget(await work(args, call), (args as PagingArguments).max_tokens);
    const id = options.newId();
    const analysis = startAnalysis({ id, tool, args, call, work, deadlineMs: options.deadlineMs, clock });
    kept.add(analysis);
    try {
      return await answerOf(analysis, args, call);
    } catch (error) {
      // Nobody was told its handle, unless another request of the caller found it in the list and waits for it.
      if (!analysis.attended()) kept.forget(analysis);
      throw error;
    }
  }

  async function resume(tool: AnyTool, job: string, args: Record<string, unknown>, call: Call): Promise<Answer> {
    const analysis = kept.find(job, call.caller);
    if (analysis.tool.name !== tool.name) {
      throw new OpenManagerError('invalid_argument', `job: ${analysis.id} is of ${analysis.tool.name}; pass it there.`);
    }
    return answerOf(analysis, pageArguments(analysis, args), call);
  }

  async function answerOf(analysis: Analysis, args: Record<string, unknown>, call: Call): Promise<Answer> {
    const first = await analysis.wait(call, options.answerWithinMs);
    kept.trim();
    if (first === null) return stillRunning(analysis);
    const same = JSON.stringify(args) === JSON.stringify(analysis.args);
    const answer = same ? first : await analysis.page(args, call.signal);
    return withHandle(answer, analysis.id, (args as PagingArguments).max_tokens);
  }

  return {
    async answer(tool, args, call, work) {
      const { job, rest } = splitJob(args);
      if (job === undefined) return start(tool, parseArguments(tool, args), call, work);
      return resume(tool, job, rest, call);
    },
    of: (caller) => ({
      list: () => kept.of(caller).map(summaryOf),
      find(id) {
        const analysis = kept.find(id, caller);
        const outcome = analysis.outcome();
        if (outcome && !outcome.ok) throw outcome.error;
        const { max_tokens } = analysis.args as PagingArguments;
        return { summary: summaryOf(analysis), answer: outcome && withHandle(outcome.answer, id, max_tokens) };
      },
    }),
    end(sessionId) {
      for (const one of kept.all()) {
        if (sessionId === undefined ? one.attended() : one.caller.sessionId !== sessionId) continue;
        one.end(new OpenManagerError('cancelled', 'The session of the analysis ended.'));
        if (sessionId !== undefined) kept.forget(one);
      }
    },
  };
}

/** `job`, where there is one, and what came beside it. */
function splitJob(args: unknown): { job?: string; rest: Record<string, unknown> } {
  if (typeof args !== 'object' || args === null || !Object.hasOwn(args, 'job')) return { rest: {} };
  const { job, ...rest } = args as Record<string, unknown>;
  if (typeof job === 'string') return { job, rest };
  throw new OpenManagerError('invalid_argument', '"job": a text is expected, the handle of an earlier answer.');
}

/**
 * The arguments of the page that is wanted of an analysis.
 * @throws OpenManagerError `invalid_argument` for those that it was not made with.
 */
function pageArguments({ tool, args: made, id }: Analysis, args: Record<string, unknown>): Record<string, unknown> {
  const wanted = parseArguments(tool, { ...made, ...args });
  const changed = Object.keys(wanted).filter(
    (name) => !pagingNames.has(name) && JSON.stringify(wanted[name]) !== JSON.stringify(made[name]),
  );
  if (changed.length === 0) return wanted;
  throw new OpenManagerError(
    'invalid_argument',
    `${tool.name}: job ${id} was made with another ${changed.join(', ')}; leave that out, or leave job out to compute anew.`,
  );
}

function withHandle(answer: Answer, id: string, maxTokens?: number): Answer {
  const { text, data, ...rest } = withinBudget(answer, maxTokens, handleTokens);
  return { ...rest, text: `${text}\njob "${id}" gets this answer again.`, data: { job: id, ...data } };
}

function stillRunning(analysis: Analysis): Answer {
  const { id, tool } = analysis;
  const { done, total, message } = analysis.progress() ?? { done: 0, total: 1, message: '' };
  const far = `${done} of ${total} done${message ? ` (${safeName(message, 80)})` : ''}`;
  return {
    text: `Still running, ${far}. Call ${tool.name} with job "${id}" for the answer.`,
    data: { job: id, state: 'running', done, total },
  };
}

function summaryOf(analysis: Analysis): AnalysisSummary {
  return {
    id: analysis.id,
    tool: analysis.tool.name,
    arguments: analysis.args,
    state: analysis.state(),
    progress: analysis.progress(),
    startedMs: analysis.startedMs,
    durationMs: analysis.durationMs(),
  };
}
