import {
  completeHost,
  formatTime,
  jsonNumber,
  type ResourceDefinition,
  safeJson,
  safeName,
} from '../src/server/define.ts';

export const hostResource: ResourceDefinition = {
  name: 'host',
  title: 'Host state',
  description: 'What a host is doing now; subscribe to follow it',
  mimeType: 'application/json',
  uri: 'openmanager://hosts/{host}',
  async list(call) {
    const hosts = await call.app.hosts();
    return hosts.map(({ host }) => ({
      uri: `openmanager://hosts/${encodeURIComponent(host)}`,
      name: safeName(host, 255),
    }));
  },
  complete: (_variable, typed, _known, call) => completeHost(typed, call),
  async read({ host: asked }, call) {
    const { host, timestampMs, facts, inventory, processes } = await call.app.hostFacts(asked);
    const page = call.fit(facts, {
      line: ({ kind }) => kind,
      row: ({ kind, instance, numbers }) => ({
        kind,
        instance,
        numbers: numbers.map(({ name, value, unit }) => ({ name, value: jsonNumber(value), unit })),
      }),
    });
    return {
      mimeType: 'application/json',
      text: safeJson({ host, time: formatTime(timestampMs), inventory, processes, facts: page.rows, ...page.paging }),
    };
  },
};
