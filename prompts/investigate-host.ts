import { hostArgument, type PromptDefinition, safeName } from '../src/server/define.ts';

export const investigateHost: PromptDefinition = {
  name: 'investigate_host',
  title: 'Investigate a host',
  description: 'Find out what is or was wrong with a host, from its state, its history and what was odd',
  arguments: [
    hostArgument,
    {
      name: 'when',
      description: 'When it happened, e.g. -2h or 2026-03-01T14:00:00Z; now when left out',
      required: false,
    },
    { name: 'symptom', description: 'What was noticed, e.g. slow requests', required: false },
  ],
  async render({ host, when, symptom }, call) {
    const name = safeName(host ?? call.app.localHost);
    return [
      `Investigate the host "${name}"${symptom ? `, where this was noticed: ${safeName(symptom, 500)}` : ''}.`,
      `1. get_host_snapshot: what it is doing now${when ? ` (the incident was at ${safeName(when, 64)})` : ''}.`,
      `2. detect_anomalies over a window around ${when ? safeName(when, 64) : 'the last hour'}, all metrics: which metric was odd first?`,
      '3. find_correlated_metrics over the odd interval, with the metric that was odd if there is one: which resource changed first, and what came of it?',
      '4. query_metrics with chart: true for the two or three likeliest causes, before, during and after: a candidate is no proof.',
      '5. forecast_metric where something is running out.',
      'Then say: what happened, since when, the likeliest cause with the figures that support it, what you could not see, and what to do next. Say so plainly if nothing is wrong.',
    ].join('\n');
  },
};
