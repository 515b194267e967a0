import { completeHost, formatTime, jsonNumber, type ResourceDefinition } from '../src/server/define.ts';

export const hostResource: ResourceDefinition = {
  name: 'host',
  title: 'Host state',
  description: 'What a host is doing now; subscribe to follow it',
  mimeType: 'application/json',
  uri: 'openmanager://hosts/{host}',
  async list(call) {
    const hosts = await call.app.hosts();
    return hosts.map(({ host }) => ({ uri: `openmanager://hosts/${encodeURIComponent(host)}`, name: host }));
  },
  complete: (_variable, typed, _known, call) => completeHost(typed, call),
  async read({ host }, call) {
    const { timestampMs, facts, inventory, processes } = await call.app.hostFacts(host);
    const shown = facts.map(({ kind, instance, numbers }) => ({
      kind,
      instance,
      numbers: numbers.map(({ name, value, unit }) => ({ name, value: jsonNumber(value), unit })),
    }));
    return {
      mimeType: 'application/json',
      text: JSON.stringify({ host, time: formatTime(timestampMs), facts: shown, inventory, processes }),
    };
  },
};
