import type { App } from '../app.ts';
import type { Clock } from '../core/clock.ts';
import { OpenManagerError, toOpenManagerError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import { parseTime } from '../core/time.ts';
import type { AuditEntry, AuditLog } from '../security/audit.ts';
import type { Caller } from '../security/caller.ts';
import type { Decision, Policy } from '../security/policy.ts';
import { type Analyses, type AnalysesOptions, createAnalyses, handleTokens } from './analyses.ts';
import type { Work } from './analysis.ts';
import { parseArguments } from './arguments.ts';
import { withinBudget } from './budget.ts';
import type { Answer, AnyTool, Call } from './define.ts';
import { type PagingArguments, paging } from './paging.ts';

/** What surrounds one call: who, and the channel back to them. */
export interface CallContext {
  readonly caller: Caller;
  readonly signal: AbortSignal;
  readonly progress: Call['progress'];
}

/** Something to do on a caller's behalf. `arguments` are as they came: nothing has looked at them yet. */
export interface GuardedAction<T> {
  readonly kind: AuditEntry['kind'];
  readonly action: string;
  readonly arguments: unknown;
  readonly readOnly: boolean;
  run(call: Call): Promise<T>;
}

/**
 * The one way to reach the app. Each call is decided by the policy and leaves exactly one audit entry: before the answer
 * where it changes something, is refused or fails; within 50 ms after it where it only read.
 */
export interface Guard {
  /**
   * Validates, decides, runs and audits a tool.
   * @throws OpenManagerError with any code; `not_found` when there is no such tool.
   */
  callTool(name: string, args: unknown, context: CallContext): Promise<Answer>;
  /** The same for everything that is no tool. */
  run<T>(action: GuardedAction<T>, context: CallContext): Promise<T>;
  /** Resolves when no call is under way any more; their audit entries have been handed over by then. */
  settled(): Promise<void>;
  /** Ends the analyses of a session; without one, all that go on without a request. */
  endAnalyses(sessionId?: string): void;
  /** The tools that this caller may use. */
  visibleTools(caller: Caller): readonly AnyTool[];
}

export interface GuardParts {
  readonly app: App;
  readonly tools: readonly AnyTool[];
  readonly audit: AuditLog;
  readonly policy: Policy;
  readonly clock: Clock;
  readonly log: Logger;
  readonly analyses?: Partial<AnalysesOptions>;
}

export function createGuard({ app, tools, audit, policy, clock, log, ...parts }: GuardParts): Guard {
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  const analyses = createAnalyses(clock, parts.analyses);
  let underWay = 0;
  let waiting: (() => void)[] = [];

  async function run<T>(action: GuardedAction<T>, context: CallContext): Promise<T> {
    underWay++;
    const startedMs = clock.monotonic();
    const decision = policy.decide(context.caller, action);
    const entry = (outcome: 'ok' | OpenManagerError): AuditEntry =>
      auditEntry(action, context.caller, decision, outcome, {
        timeMs: clock.now(),
        durationMs: clock.monotonic() - startedMs,
      });
    try {
      if (decision.effect === 'deny') throw refusal(action, decision);
      const result = await action.run(newCall(context, { app, clock, analyses }));
      if (action.readOnly) audit.record(entry('ok'));
      else await audit.recordNow(entry('ok'));
      return result;
    } catch (thrown) {
      const error = asError(thrown, context.signal);
      if (error.code === 'internal')
        log.error(`${action.kind} ${action.action} failed`, { error: error.cause ?? thrown });
      await recordFailure(entry(error));
      throw error;
    } finally {
      underWay--;
      if (underWay === 0) tellWaiting();
    }
  }

  function tellWaiting(): void {
    for (const tell of waiting) tell();
    waiting = [];
  }

  /** The caller gets the first error; that the log could not be written must not hide it. */
  async function recordFailure(entry: AuditEntry): Promise<void> {
    try {
      await audit.recordNow(entry);
    } catch {
      // The log has said that it cannot be written; the entry waits for when it can.
      audit.record(entry);
    }
  }

  return {
    run,
    endAnalyses: analyses.end,
    settled: () => (underWay === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    visibleTools: (caller) =>
      tools.filter(
        (tool) =>
          policy.decide(caller, { kind: 'tool', action: tool.name, readOnly: tool.readOnly }).effect === 'allow',
      ),
    callTool(name, args, context) {
      const tool = byName.get(name);
      return run(
        {
          kind: 'tool',
          action: name,
          arguments: args,
          readOnly: tool?.readOnly ?? true,
          async run(call) {
            if (!tool) throw unknownTool(name, tools);
            return tool.analysis ? analyses.answer(tool, args, call, workOf(tool)) : answerTool(tool, args, call);
          },
        },
        context,
      );
    },
  };
}

/** A client may give any text as the reason of a cancellation, which is then what an aborted wait throws. */
function asError(thrown: unknown, signal: AbortSignal): OpenManagerError {
  const aborted = signal.aborted && thrown === signal.reason;
  return aborted
    ? new OpenManagerError('cancelled', 'The request was cancelled.', { cause: thrown })
    : toOpenManagerError(thrown);
}

async function answerTool(tool: AnyTool, args: unknown, call: Call): Promise<Answer> {
  const parsed = parseArguments(tool, args);
  const page: PagingArguments = parsed;
  return withinBudget(await tool.run(parsed, { ...call, ...paging(page) }), page.max_tokens);
}

/** The same without the last cut, which leaves room for the handle. */
function workOf(tool: AnyTool): Work {
  return async (args, call) => tool.run(args, { ...call, ...paging(args, handleTokens) });
}

function newCall(
  { caller, signal, progress }: CallContext,
  { app, clock, analyses }: { app: App; clock: Clock; analyses: Analyses },
): Call {
  const nowMs = clock.now();
  return {
    app,
    caller,
    nowMs,
    signal,
    progress: growing(progress),
    time: (text, parameter) => parseTime(text, nowMs, parameter),
    analyses: analyses.of(caller),
    ...paging({}),
  };
}

/** The protocol wants progress that grows with each notification, whatever the parts of some work report. */
function growing(progress: Call['progress']): Call['progress'] {
  let last = Number.NEGATIVE_INFINITY;
  return (done, total, message) => {
    if (done <= last) return;
    last = done;
    progress(done, total, message);
  };
}

function refusal(action: GuardedAction<unknown>, decision: Decision): OpenManagerError {
  return new OpenManagerError('forbidden', `You may not use ${action.kind} ${action.action}: ${decision.rule}.`);
}

function unknownTool(name: string, tools: readonly AnyTool[]): OpenManagerError {
  const valid = tools.map((tool) => tool.name).join(', ');
  return new OpenManagerError('not_found', `There is no tool "${name.slice(0, 80)}". Valid tools: ${valid}.`);
}

function auditEntry(
  action: GuardedAction<unknown>,
  caller: Caller,
  decision: Decision,
  outcome: 'ok' | OpenManagerError,
  time: { timeMs: number; durationMs: number },
): AuditEntry {
  return {
    ...time,
    subject: caller.subject,
    roles: caller.roles,
    transport: caller.transport,
    ...(caller.sessionId !== undefined && { sessionId: caller.sessionId }),
    kind: action.kind,
    action: action.action,
    arguments: action.arguments,
    decision: decision.effect,
    outcome: outcome === 'ok' ? 'ok' : 'error',
    ...(outcome !== 'ok' && { errorCode: outcome.code }),
  };
}
