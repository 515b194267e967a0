import { setTimeout } from 'node:timers/promises';
import { type StdioSession, textOf } from '../stdio-session.ts';

/** How calls were answered while the database failed. */
export interface CallReport {
  /** Calls about this host, those of them that were refused, and the slowest. */
  readonly liveCalls: number;
  readonly refusedLive: readonly string[];
  readonly slowestLiveMs: number;
  /** What calls about the past were answered: `ok` or the error's code, with how often. */
  readonly historyAnswers: Readonly<Record<string, number>>;
  /** Answers that are no named error or say more than they may. */
  readonly unsafe: readonly string[];
}

const live = ['get_host_snapshot', 'list_hosts', 'list_metrics'] as const;
const history = [
  ['query_audit_log', {}],
  ['query_metrics', { metric: 'system.cpu.utilization', from: '-1h' }],
] as const;

/**
 * Calls the program for some time; the calls about the past are waited for by `answered`.
 * @param secrets what no answer may contain.
 */
export async function callFor(ms: number, session: StdioSession, secrets: readonly string[]) {
  const pending: Promise<void>[] = [];
  const historyAnswers: Record<string, number> = {};
  const refusedLive: string[] = [];
  const unsafe: string[] = [];
  let liveCalls = 0;
  let slowestLiveMs = 0;

  async function call(name: string, args: Readonly<Record<string, unknown>>) {
    const answer = await session.request('tools/call', { name, arguments: args });
    const text = textOf(answer);
    const isError = answer.result?.isError === true;
    const code = isError ? (/^Error \((\w+)\): \S/.exec(text)?.[1] ?? 'unnamed') : 'ok';
    const said = JSON.stringify(answer);
    if (code === 'unnamed' || code === 'internal' || secrets.some((secret) => said.includes(secret))) unsafe.push(text);
    return { code, text };
  }

  async function callAboutHost(name: string): Promise<void> {
    const began = performance.now();
    const { code, text } = await call(name, {});
    liveCalls += 1;
    slowestLiveMs = Math.max(slowestLiveMs, Math.round(performance.now() - began));
    if (code !== 'ok') refusedLive.push(`${name}: ${text}`);
  }

  async function callAboutPast(name: string, args: Readonly<Record<string, unknown>>): Promise<void> {
    const { code } = await call(name, args);
    historyAnswers[code] = (historyAnswers[code] ?? 0) + 1;
  }

  const untilMs = Date.now() + ms;
  while (Date.now() < untilMs) {
    for (const [name, args] of history) pending.push(callAboutPast(name, args));
    for (const name of live) await callAboutHost(name);
    await setTimeout(300);
  }
  return {
    async answered(): Promise<CallReport> {
      await Promise.all(pending);
      return { liveCalls, refusedLive, slowestLiveMs, historyAnswers, unsafe };
    },
  };
}
