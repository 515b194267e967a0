import { type AnalysisSummary, formatTime, type ResourceDefinition, round, safeJson } from '../src/server/define.ts';

export const analysesResource: ResourceDefinition = {
  name: 'analyses',
  title: 'Analyses',
  description: 'Your latest forecasts and searches, running ones too, each with the handle that gets its answer again',
  mimeType: 'application/json',
  uri: 'openmanager://analyses',
  async read(_variables, call) {
    return { mimeType: 'application/json', text: safeJson({ analyses: call.analyses.list().map(describe) }) };
  },
};

function describe({ id, tool, state, progress, startedMs, durationMs, ...analysis }: AnalysisSummary) {
  return {
    id,
    tool,
    arguments: analysis.arguments,
    state,
    ...(state === 'running' && progress),
    started: formatTime(startedMs),
    duration_ms: round(durationMs),
    uri: `openmanager://analyses/${id}`,
  };
}
