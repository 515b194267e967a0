import { hostArgument, type PromptDefinition, safeName } from '../src/server/define.ts';

export const planCapacity: PromptDefinition = {
  name: 'plan_capacity',
  title: 'Plan capacity',
  description: 'What a host will run out of, and when, with how sure that is',
  arguments: [
    hostArgument,
    { name: 'horizon', description: 'How far to look ahead, e.g. 7d; 7d when left out', required: false },
  ],
  async render({ host, horizon }, call) {
    const name = safeName(host ?? call.app.localHost);
    const ahead = safeName(horizon ?? '7d', 32);
    return [
      `Plan the capacity of the host "${name}" for the next ${ahead}.`,
      '1. get_host_snapshot: its size and present use.',
      `2. forecast_metric with horizon ${ahead} for system.cpu.utilization, system.memory.utilization, and each system.filesystem.utilization (list_metrics names their labels).`,
      '3. For each: the expected value and the interval at the end, and whether its upper end comes near the limit.',
      'Then give a table: resource, now, expected, upper end, limit, measured error of the forecast against the baseline. Say where the history is too short to predict, and recommend what to change first.',
    ].join('\n');
  },
};
