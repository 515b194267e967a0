import { hostArgument, type PromptDefinition, safeName } from '../src/server/define.ts';

export const planCapacity: PromptDefinition = {
  name: 'plan_capacity',
  title: 'Plan capacity',
  description: 'What a host will run out of, and when, with how sure that is',
  arguments: [
    hostArgument,
    { name: 'horizon', description: 'How far to look ahead, e.g. 7d; 30d when left out', required: false },
  ],
  async render({ host, horizon }, call) {
    const name = safeName(host ?? call.app.localHost);
    const ahead = safeName(horizon ?? '30d', 32);
    return [
      `Plan the capacity of the host "${name}" for the next ${ahead}.`,
      '1. get_host_snapshot: its size and present use.',
      `2. forecast_capacity with host "${name}" and horizon ${ahead}: which of its filesystems, inodes, memory, swap and kernel limits run out, and when.`,
      `3. forecast_metric with horizon ${ahead} for each of those that do, by the metric and labels of its row, and for system.cpu.utilization.`,
      'Then give a table: resource, now, threshold, earliest, likely, latest, measured error of the forecast against staying flat. Name past incidents in exclude where they mislead the trend. Say what has no prediction and why, and recommend what to change first.',
    ].join('\n');
  },
};
