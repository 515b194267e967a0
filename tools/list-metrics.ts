import * as z from 'zod';
import {
  defineTool,
  formatValue,
  jsonNumber,
  parameters,
  safeLabels,
  safeName,
  seriesName,
  shownUnits,
} from '../src/server/define.ts';

export const listMetrics = defineTool({
  name: 'list_metrics',
  title: 'List metrics',
  description:
    'The metrics of a host, each with its labels, unit and latest value: the names that the other tools take.',
  toolset: 'observe',
  readOnly: true,
  input: z.strictObject({
    host: parameters.host,
    match: z.string().max(255).default('').describe('Part of a name or label, e.g. disk'),
    limit: parameters.limit,
    cursor: parameters.cursor,
    max_tokens: parameters.max_tokens,
  }),
  async run({ host, match }, call) {
    const all = await call.app.catalog(host);
    const found = all.filter(({ metric, labels }) =>
      seriesName(metric, labels).toLowerCase().includes(match.toLowerCase()),
    );
    const shown = shownUnits(all, ({ value }) => [value]);
    const page = call.list(found, {
      line: ({ metric, labels, value, unit }) =>
        `${safeName(seriesName(metric, labels), 255)} = ${formatValue(value, shown({ metric, unit }))}`,
      row: ({ metric, labels, value, unit }) => ({
        metric: safeName(metric),
        labels: safeLabels(labels),
        unit,
        latest: jsonNumber(value),
      }),
    });
    const names = [...new Set(all.map(({ metric }) => safeName(metric)))].slice(0, 40).join(', ');
    const head =
      page.total === 0
        ? `No metric matches "${safeName(match, 60)}". ${names ? `Names: ${names}.` : 'This host has none yet; try again in seconds.'}`
        : `${page.total} series (metric{labels} = latest value):`;
    return {
      text: [head, ...page.lines, page.notice].filter(Boolean).join('\n'),
      data: { metrics: page.rows, ...page.paging },
    };
  },
});
