import { type ResourceDefinition, recentAnomalies } from '../src/server/define.ts';

export const anomaliesResource: ResourceDefinition = {
  name: 'anomalies',
  title: 'Anomalies',
  description: 'What was flagged as odd on any host in the last 24 hours, what lasts first; subscribe to hear of more',
  mimeType: 'application/json',
  uri: 'openmanager://anomalies',
  read: (_variables, call) => recentAnomalies(undefined, call),
};
