import { prompts } from '../../prompts/index.ts';
import { resources } from '../../resources/index.ts';
import { tools } from '../../tools/index.ts';
import type { Config } from '../config/schema.ts';
import type { Definitions, Toolset } from '../server/define.ts';

const defaultToolsets: ReadonlySet<Toolset> = new Set(['observe', 'analyze']);
/** Of toolsets that are off by default, what is on all the same. */
const defaultTools: ReadonlySet<string> = new Set([
  'list_alerts',
  'test_alert_rule',
  'send_notification',
  'list_servers',
  'search_tools',
  'call_read_tool',
]);

/** What the configuration offers to clients. */
export function selectDefinitions({ toolsets, readOnly }: Pick<Config, 'toolsets' | 'readOnly'>): Definitions {
  const chosen = new Set<string>(toolsets);
  const wanted = tools.filter(
    ({ toolset, name }) =>
      chosen.has('all') ||
      chosen.has(toolset) ||
      (chosen.has('default') && (defaultToolsets.has(toolset) || defaultTools.has(name))),
  );
  return { tools: wanted.filter((tool) => tool.readOnly || !readOnly), resources, prompts };
}
