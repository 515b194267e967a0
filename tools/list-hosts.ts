import * as z from 'zod';
import { counted, defineTool, formatTime, parameters, safeName } from '../src/server/define.ts';

export const listHosts = defineTool({
  name: 'list_hosts',
  title: 'List hosts',
  description: 'The hosts with data: whether each reports now, and since when. Start here.',
  toolset: 'observe',
  readOnly: true,
  input: z.strictObject({ limit: parameters.limit, cursor: parameters.cursor, max_tokens: parameters.max_tokens }),
  output: z.object({ hosts: z.array(z.object({ host: z.string(), reporting: z.boolean() })) }),
  async run(_args, call) {
    const hosts = (await call.app.hosts()).map(({ host, local, reporting, firstMs, lastMs }) => {
      return { host: safeName(host, 255), local, reporting, first: formatTime(firstMs), last: formatTime(lastMs) };
    });
    const page = call.list(hosts, {
      line: ({ host, local, reporting, first, last }) =>
        `${host}${local ? ' (this host)' : ''}: ${reporting ? 'reporting' : 'silent'}, data ${first} to ${last}`,
      row: (host) => host,
    });
    const head =
      page.total === 0
        ? 'No host has data yet: the first reading comes within seconds of the start. get_host_snapshot reads this host now.'
        : `${counted(page.total, 'host')}:`;
    return {
      text: [head, ...page.lines, page.notice].filter(Boolean).join('\n'),
      data: { hosts: page.rows, ...page.paging },
    };
  },
});
