import { completing, type ResourceDefinition, safeJson, safeName } from '../src/server/define.ts';

export const analysisResource: ResourceDefinition = {
  name: 'analysis',
  title: 'Analysis',
  description: 'The data of an earlier answer, or how far it is',
  mimeType: 'application/json',
  uri: 'openmanager://analyses/{id}',
  list: async (call) =>
    call.analyses.list().map(({ id, tool, arguments: args }) => ({
      uri: `openmanager://analyses/${id}`,
      name: safeName(`${tool} ${JSON.stringify(args)}`, 120),
    })),
  complete: async (_variable, typed, _known, call) =>
    completing(
      call.analyses.list().map(({ id }) => id),
      typed,
    ),
  async read({ id = '' }, call) {
    const { summary, answer } = call.analyses.find(id);
    // An answer's data is safe to show already.
    const text = answer
      ? JSON.stringify(answer.data)
      : safeJson({ job: id, state: summary.state, ...summary.progress });
    return { mimeType: 'application/json', text };
  },
};
