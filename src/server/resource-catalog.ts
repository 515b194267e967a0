import { OpenManagerError } from '../core/errors.ts';
import type { Call, ResourceContent, ResourceDefinition } from './define.ts';
import type { CallContext, Guard } from './guard.ts';

/** The resources of a server, found by URI; every read goes through the guard. */
export interface ResourceCatalog {
  list(context: CallContext): Promise<ListedResource[]>;
  templates(): ListedTemplate[];
  /** @throws OpenManagerError `not_found` when no resource has this URI. */
  read(uri: string, context: CallContext): Promise<ResourceContent>;
  /** @throws OpenManagerError `not_found` when no resource has this URI. */
  subscribe(uri: string, context: CallContext): Promise<void>;
  complete(template: string, request: CompletionRequest, context: CallContext): Promise<string[]>;
}

export interface CompletionRequest {
  readonly name: string;
  readonly typed: string;
  readonly known: Readonly<Record<string, string>>;
}

interface ListedResource {
  readonly [key: string]: unknown;
  readonly uri: string;
  readonly name: string;
}

interface ListedTemplate {
  readonly [key: string]: unknown;
  readonly uriTemplate: string;
  readonly name: string;
}

/** A client's list must stay readable; what is beyond it is found by completion. */
const maxListed = 500;

export function createResourceCatalog(definitions: readonly ResourceDefinition[], guard: Guard): ResourceCatalog {
  const matchers = definitions.map((definition) => ({ definition, match: uriMatcher(definition.uri) }));
  const fixed = definitions.filter((definition) => !isTemplate(definition));

  function find(uri: string) {
    for (const { definition, match } of matchers) {
      const variables = match(uri);
      if (variables) return { definition, variables };
    }
    throw new OpenManagerError(
      'not_found',
      `There is no resource "${uri.slice(0, 200)}". Resources: ${definitions.map((definition) => definition.uri).join(', ')}.`,
    );
  }

  const guarded = <T>(
    kind: 'resource' | 'subscription' | 'completion',
    uri: string,
    context: CallContext,
    run: (call: Call) => Promise<T>,
  ) => guard.run({ kind, action: uri.slice(0, 255), arguments: {}, readOnly: true, run }, context);

  return {
    list: (context) =>
      guarded('resource', 'resources/list', context, async (call) => {
        const listed = fixed.map((definition) => describe(definition, definition.uri, definition.name));
        for (const definition of definitions) {
          for (const { uri, name } of (await definition.list?.(call)) ?? [])
            listed.push(describe(definition, uri, name));
        }
        return listed.slice(0, maxListed);
      }),
    templates: () =>
      definitions.filter(isTemplate).map(({ name, title, description, mimeType, uri }) => ({
        name,
        title,
        description,
        mimeType,
        uriTemplate: uri,
      })),
    read: (uri, context) =>
      guarded('resource', uri, context, (call) => {
        const { definition, variables } = find(uri);
        return definition.read(variables, call);
      }),
    subscribe: (uri, context) =>
      guarded('subscription', uri, context, async () => {
        find(uri);
      }),
    complete: (template, { name, typed, known }, context) =>
      guarded('completion', template, context, async (call) => {
        const definition = definitions.find((candidate) => candidate.uri === template);
        if (!definition)
          throw new OpenManagerError('not_found', `There is no resource template "${template.slice(0, 200)}".`);
        return (await definition.complete?.(name, typed, known, call)) ?? [];
      }),
  };
}

function isTemplate(definition: ResourceDefinition): boolean {
  return definition.uri.includes('{');
}

function describe({ title, description, mimeType }: ResourceDefinition, uri: string, name: string): ListedResource {
  return { uri, name, title, description, mimeType };
}

/** Matches a template of RFC 6570 level 1; its variables are one path segment each, percent-decoded. */
function uriMatcher(template: string): (uri: string) => Record<string, string> | null {
  const names = [...template.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const literal = template.split(/\{\w+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const pattern = new RegExp(`^${literal.join('([^/]+)')}$`);
  return (uri) => {
    const match = pattern.exec(uri);
    if (!match) return null;
    const values = match.slice(1).map(decode);
    if (values.includes(null)) return null;
    return Object.fromEntries(names.map((name, i) => [name, values[i] ?? '']));
  };
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
