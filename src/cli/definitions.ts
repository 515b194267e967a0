import { prompts } from '../../prompts/index.ts';
import { resources } from '../../resources/index.ts';
import { tools } from '../../tools/index.ts';
import type { Config } from '../config/schema.ts';
import type { Definitions, Toolset } from '../server/define.ts';

const defaultToolsets: ReadonlySet<Toolset> = new Set(['observe', 'analyze']);
/** What the configuration offers to clients. */
export function selectDefinitions({ toolsets, readOnly }: Pick<Config, 'toolsets' | 'readOnly'>): Definitions {
  const chosen = new Set<string>(toolsets);
  const wanted = tools.filter(
    ({ toolset }) =>
      chosen.has('all') || chosen.has(toolset) || (chosen.has('default') && defaultToolsets.has(toolset)),
  );
  return { tools: wanted.filter((tool) => tool.readOnly || !readOnly), resources, prompts };
}
