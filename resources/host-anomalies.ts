import { completeHost, type ResourceDefinition, recentAnomalies } from '../src/server/define.ts';

export const hostAnomaliesResource: ResourceDefinition = {
  name: 'host-anomalies',
  title: 'Anomalies of a host',
  description: 'What was flagged as odd on a host in the last 24 hours; subscribe to hear of more',
  mimeType: 'application/json',
  uri: 'openmanager://hosts/{host}/anomalies',
  complete: (_variable, typed, _known, call) => completeHost(typed, call),
  read: ({ host }, call) => recentAnomalies(host, call),
};
