import * as z from 'zod';
import { defineTool, formatDuration, formatTime, parameters, round, safeName } from '../src/server/define.ts';

export const queryAuditLog = defineTool({
  name: 'query_audit_log',
  title: 'Query the audit log',
  description: 'Who called what, when, and how it ended; newest first.',
  toolset: 'security',
  readOnly: true,
  input: z.strictObject({
    from: parameters.from,
    to: parameters.to,
    subject: z.string().max(255).optional(),
    action: z.string().max(255).describe('Tool, resource or prompt').optional(),
    outcome: z.enum(['ok', 'error']).optional(),
    limit: parameters.limit,
    cursor: parameters.cursor,
    max_tokens: parameters.max_tokens,
  }),
  async run({ from, to, subject, action, outcome, limit, cursor }, call) {
    const query = { fromMs: call.time(from, 'from'), toMs: call.time(to, 'to') + 1, subject, action, outcome };
    const { entries, total, nextCursor } = await call.app.queryAudit({ ...query, limit, cursor });
    const page = call.fit(entries, {
      line: (entry) =>
        `${formatTime(entry.timeMs)} ${safeName(entry.subject)} ${entry.kind} ${safeName(entry.action)}: ${entry.outcome}${entry.errorCode ? ` (${entry.errorCode})` : ''} in ${formatDuration(Math.max(1, entry.durationMs))} ${safeName(JSON.stringify(entry.arguments) ?? '', 300)}`,
      row: (entry) => ({
        time: formatTime(entry.timeMs),
        subject: safeName(entry.subject),
        roles: entry.roles,
        transport: entry.transport,
        kind: entry.kind,
        action: safeName(entry.action, 255),
        arguments: entry.arguments,
        decision: entry.decision,
        outcome: entry.outcome,
        error_code: entry.errorCode,
        duration_ms: round(entry.durationMs),
      }),
    });
    // Where the tokens did not suffice for the page, the next one starts after what was shown.
    const next = page.truncated
      ? (await call.app.queryAudit({ ...query, limit: page.rows.length, cursor })).nextCursor
      : nextCursor;
    const head =
      total === 0
        ? 'No entry matches; try an earlier from, or leave out a filter.'
        : `${page.rows.length} of ${total} entries, newest first:`;
    const rest = next === null ? '' : `For older ones pass cursor "${next}".`;
    return {
      text: [head, ...page.lines, rest].filter(Boolean).join('\n'),
      data: { entries: page.rows, total, truncated: next !== null, ...(next !== null && { next_cursor: next }) },
    };
  },
});
