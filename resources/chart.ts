import type { ResourceDefinition } from '../src/server/define.ts';

export const chartResource: ResourceDefinition = {
  name: 'chart',
  title: 'Chart',
  description: 'A chart that a tool drew for this session, as SVG in the colours of the reader; the last 50 are kept',
  mimeType: 'image/svg+xml',
  uri: 'openmanager://charts/{id}',
  async read({ id = '' }, call) {
    return { mimeType: 'image/svg+xml', text: await call.app.chartSvg(id, call.caller) };
  },
};
