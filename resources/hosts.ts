import { formatTime, type ResourceDefinition, safeName } from '../src/server/define.ts';

export const hostsResource: ResourceDefinition = {
  name: 'hosts',
  title: 'Hosts',
  description: 'The hosts with data and whether each reports now',
  mimeType: 'application/json',
  uri: 'openmanager://hosts',
  async read(_variables, call) {
    const hosts = await call.app.hosts();
    const listed = hosts.slice(0, 1000).map(({ host, local, reporting, firstMs, lastMs }) => ({
      host: safeName(host, 255),
      local,
      reporting,
      first: formatTime(firstMs),
      last: formatTime(lastMs),
      uri: `openmanager://hosts/${encodeURIComponent(host)}`,
    }));
    return { mimeType: 'application/json', text: JSON.stringify({ hosts: listed, total: hosts.length }) };
  },
};
